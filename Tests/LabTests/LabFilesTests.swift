import Foundation
import Testing

@testable import Lab

/// The labs of the repository, and the schema that editors use.
@Suite struct LabFilesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "labs")

    static var labs: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    private func schema() throws -> [String: Any] {
        let data = try Data(contentsOf: Self.folder.appending(path: "lab.schema.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func theTutorialsAreThere() {
        #expect(
            Set(Self.labs).isSuperset(of: [
                "tutorial-3-nodes.yaml", "tutorial-4-nodes.yaml", "roles-and-services.yaml", "swarm-mode.yaml",
            ]))
    }

    @Test(arguments: labs) func everyLabIsValidAndIsCalledLikeItsFile(file: String) throws {
        let (topology, _, warnings) = try TopologyReader.read(file: Self.folder.appending(path: file))
        #expect(warnings.isEmpty)
        #expect(topology.name + ".yaml" == file)
        #expect(!topology.steps.isEmpty)
        #expect(Set(topology.steps.map(\.name)).count == topology.steps.count, "two steps of the same name")
    }

    @Test func theSchemaKnowsTheKeysTheReaderKnows() throws {
        let schema = try schema()
        let kinds = try #require(schema["$defs"] as? [String: [String: Any]])
        for (kind, keys) in LabKeys.all {
            let definition = kind == "lab" ? schema : try #require(kinds[kind], "the schema has no \(kind)")
            let properties = try #require(definition["properties"] as? [String: Any])
            #expect(Set(properties.keys) == Set(keys), "\(kind)")
            #expect(definition["additionalProperties"] as? Bool == false, "\(kind)")
        }
        for (kind, definition) in kinds where definition["properties"] != nil { #expect(LabKeys.all[kind] != nil, "\(kind)") }
    }

    @Test func theSchemaKnowsTheWordsTheReaderKnows() throws {
        let kinds = try #require(try schema()["$defs"] as? [String: [String: Any]])
        func words(_ kind: String, _ key: String) throws -> Set<String> {
            let properties = try #require(kinds[kind]?["properties"] as? [String: [String: Any]])
            return Set(try #require(properties[key]?["enum"] as? [String]))
        }
        #expect(Set(try #require(kinds["role"]?["enum"] as? [String])) == Set(TopologyMachine.Role.allCases.map(\.rawValue)))
        #expect(try words("settings", "availability") == Set(SwarmNode.Availability.allCases.map(\.rawValue)))
        #expect(try words("settings", "create") == Set(TopologyMachine.Creation.allCases.map(\.rawValue)))
        #expect(try words("step", "onFailure") == Set(Step.OnFailure.allCases.map(\.rawValue)))
        #expect(try words("capture", "from") == Set(OutputSelection.allCases.map(\.rawValue)))
    }

    @Test(arguments: labs) func everyCapturedValueIsUsedLater(file: String) throws {
        let (topology, _, _) = try TopologyReader.read(file: Self.folder.appending(path: file))
        #expect(
            topology.steps.allSatisfy { step in
                step.captures.allSatisfy { capture in
                    topology.steps.contains { other in
                        other.line > step.line && other.references.contains(capture.variable)
                    }
                }
            })
    }
}
