import CNetlink
import Glibc

/// WireGuard of the kernel (generic netlink), in the network namespace of the thread that makes this. Its interfaces are made and removed
/// as all links are, by `RouteConnection`.
public struct WireGuardConnection: Sendable {
    private let socket: NetlinkSocket
    /// What the kernel calls WireGuard until it is started anew.
    private let family: Int

    /// Throws `ENOENT` where the kernel has no WireGuard.
    public init() throws(NetlinkError) {
        socket = try NetlinkSocket(NETLINK_GENERIC)
        family = try GenericFamily.number(of: "wireguard", socket)
    }

    /// Changes an interface. With many peers it takes several messages, so peers come one after another.
    public func set(_ name: String, _ settings: WireGuardSettings) throws(NetlinkError) {
        for attributes in settings.messages(for: name) {
            var request = NetlinkRequest(family, genlmsghdr(cmd: UInt8(WG_CMD_SET_DEVICE.rawValue), version: 1, reserved: 0))
            request.attributes = attributes
            try socket.ask(request, "set up WireGuard on the link \(name)")
        }
    }

    /// An interface and its peers. Throws `ENODEV` where there is none of that name.
    public func device(_ name: String) throws(NetlinkError) -> WireGuardDevice {
        let header = genlmsghdr(cmd: UInt8(WG_CMD_GET_DEVICE.rawValue), version: 1, reserved: 0)
        var request = NetlinkRequest(family, flags: NLM_F_DUMP, header)
        request.attributes.add(Int(WGDEVICE_A_IFNAME.rawValue), text: name)
        let doing = "look at WireGuard on the link \(name)"
        let answer = try socket.ask(request, doing).compactMap {
            $0.payload.structure(genlmsghdr.self).map { Attributes($0.rest) }
        }
        guard let device = WireGuardDevice(answer) else { throw NetlinkError(code: ENODEV, doing: doing) }
        return device
    }
}

/// Families of generic netlink have names, and numbers that the kernel gives them.
enum GenericFamily {
    static func number(of name: String, _ socket: NetlinkSocket) throws(NetlinkError) -> Int {
        var request = NetlinkRequest(Int(GENL_ID_CTRL), genlmsghdr(cmd: UInt8(CTRL_CMD_GETFAMILY), version: 1, reserved: 0))
        request.attributes.add(CTRL_ATTR_FAMILY_NAME, text: name)
        let doing = "find \(name) in the kernel"
        for message in try socket.ask(request, doing) {
            guard let (_, rest) = message.payload.structure(genlmsghdr.self),
                let number: UInt16 = Attributes(rest).number(CTRL_ATTR_FAMILY_ID)
            else { continue }
            return Int(number)
        }
        throw NetlinkError(code: ENOENT, doing: doing)
    }
}
