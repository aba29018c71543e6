import DockerAPI
import FoundationEssentials
import NIOCore
import SwarmModel

/// The engine's own networks, as it lists them, without those that only stand for a network of the swarm.
struct NetworkList {
    private let elements: [ArraySlice<UInt8>]

    init(_ body: ByteBuffer) {
        let splice = JSONSplice(body.readableBytesView)
        elements = splice.elements.map { splice.text[$0] }.filter { !Self.standsForAnother($0) }
    }

    private struct Labelled: Decodable {
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }

    private static func standsForAnother(_ element: ArraySlice<UInt8>) -> Bool {
        let labels = (try? JSONDecoder().decode(Labelled.self, from: Data(element)))?.labels ?? [:]
        return labels[NetworkLabel.network] != nil
    }

    /// The list, behind others; what the engine has written stays byte for byte.
    func text(after others: [Data]) -> ByteBuffer {
        var text = ByteBuffer(string: "[")
        var isFirst = true
        for element in others.map({ Array($0)[...] }) + elements {
            if !isFirst { text.writeString(",") }
            text.writeBytes(element)
            isFirst = false
        }
        text.writeString("]\n")
        return text
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }
}
