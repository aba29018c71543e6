import NIOCore

/// What a client may take before it is refused.
struct GatewayLimits: Sendable {
    /// For the head of a request from its first byte on, and for the setup of TLS.
    var headTime = TimeAmount.seconds(30)
    /// For the body of a request that is answered here.
    var bodyTime = TimeAmount.seconds(60)
    /// Bytes of such a body: as much as the protocol between managers carries in one message.
    var largestBody = 4 << 20
}
