// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 language mode, and a warning is an error.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let tls: [Target.Dependency] = [.product(name: "NIOSSL", package: "swift-nio-ssl")]
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"),
    .product(name: "SwiftASN1", package: "swift-asn1"),
]
let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
]
let logging: [Target.Dependency] = [.product(name: "Logging", package: "swift-log")]

// Read downwards: a target imports only what stands below it.
let package = Package(
    name: "swarmlab",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "machine", targets: ["machine"]),
        .executable(name: "lab", targets: ["lab"]),
        .executable(name: "swarmd", targets: ["swarmd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Without its default traits, one of which, streams of messages, brings in all of Foundation and ICU: 30 MB of swarmd.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Executables: parse the arguments, call one module, print.
        .executableTarget(name: "machine", dependencies: ["MachineCLI"], swiftSettings: settings),
        .executableTarget(name: "lab", dependencies: ["Lab", "LabCLI"], swiftSettings: settings),

        .target(
            name: "LabCLI",
            dependencies: ["Lab", "Processes", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings),
        .target(
            name: "MachineCLI",
            dependencies: ["Machine", "Processes", "GoTemplate", "GoFlags"],
            swiftSettings: settings),
        .target(
            name: "Lab",
            dependencies: [
                "Machine", "DockerAPI", "DockerAPIClient", "Processes", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .target(
            name: "Machine",
            dependencies: [
                "Libvirt", "DockerAPIClient", "Processes", "GoTemplate",
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // The orchestrator in every VM.
        .executableTarget(
            name: "swarmd",
            dependencies: [
                "SwarmGateway", "SwarmNode", "DockerAPI", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nio + logging,
            swiftSettings: settings),
        .target(
            name: "SwarmGateway",
            dependencies: ["DockerAPI", "SwarmModel"] + nio + [
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ] + tls + logging,
            swiftSettings: settings),
        .target(
            name: "SwarmNode",
            dependencies: ["SwarmManager", "SwarmAgent", "SwarmGateway"] + nio + logging,
            swiftSettings: settings),
        .target(
            name: "SwarmManager",
            dependencies: [
                "Orchestration", "SwarmStore", "SwarmSecurity", "SwarmModel", "SwarmRPC", "SwarmTemplates",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
            ] + logging,
            swiftSettings: settings),
        .target(
            name: "SwarmAgent",
            dependencies: [
                "SwarmSecurity", "SwarmModel", "SwarmRPC", "NameService", "Netlink", "NFTables", "SwarmTemplates", "GoTemplate",
                "CMount",
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio + logging,
            swiftSettings: settings),
        // Thin Swift APIs over what a node's networks are made of.
        .target(name: "NameService", dependencies: ["SwarmModel"] + nio + logging, swiftSettings: settings),
        .target(name: "Netlink", dependencies: ["CNetlink"], swiftSettings: settings),
        .systemLibrary(name: "CNetlink"),
        .target(
            name: "NFTables", dependencies: [.product(name: "Subprocess", package: "swift-subprocess")], swiftSettings: settings),
        // What people write into a service's spec to be filled in for each of its tasks.
        .target(name: "SwarmTemplates", dependencies: ["SwarmModel", "GoTemplate"], swiftSettings: settings),
        // What becomes of services and tasks: values in, decisions out.
        .target(
            name: "Orchestration",
            dependencies: ["SwarmModel", .product(name: "HeapModule", package: "swift-collections")], swiftSettings: settings),
        .target(
            name: "SwarmStore",
            dependencies: [
                "SwarmSecurity", "SwarmModel", "EtcdRPC",
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio + tls + logging,
            swiftSettings: settings),
        // What managers and agents say to each other, and how it is carried: gRPC over mutual TLS.
        .target(
            name: "SwarmRPC",
            dependencies: [
                "SwarmSecurity", .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
            ] + grpc + nio + tls + certificates,
            exclude: ["Protocol"],
            swiftSettings: settings),
        // The part of etcd's API that the store uses.
        .target(name: "EtcdRPC", dependencies: grpc, exclude: ["Protocol"], swiftSettings: settings),
        .target(
            name: "SwarmSecurity",
            dependencies: ["SwarmModel", .product(name: "Crypto", package: "swift-crypto")] + certificates + tls,
            swiftSettings: settings),
        .target(name: "SwarmModel", dependencies: ["DockerAPI"], swiftSettings: settings),

        // The Docker Engine API: its model, and a client.
        .target(name: "DockerAPI", swiftSettings: settings),
        .target(
            name: "DockerAPIClient",
            dependencies: [
                "DockerAPI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),

        // Thin Swift APIs over the system.
        .target(name: "Libvirt", dependencies: ["CLibvirt"], swiftSettings: settings),
        .systemLibrary(
            name: "CLibvirt", pkgConfig: "libvirt-qemu", providers: [.apt(["libvirt-dev"])]),
        .systemLibrary(name: "CMount"),
        .target(
            name: "Processes",
            dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
            swiftSettings: settings),

        // The two Go idioms that docker-machine's users type: its flag syntax and its `--format` templates.
        .target(name: "GoFlags", dependencies: ["GoTemplate"], swiftSettings: settings),
        .target(name: "GoTemplate", swiftSettings: settings),

        .executableTarget(
            name: "bench-scheduler", dependencies: ["Orchestration"], path: "Benchmarks/Scheduling", swiftSettings: settings),

        // What several of the tests use.
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: settings),
        .target(
            name: "NetworkNamespaces", dependencies: ["CNetlink"], path: "Tests/NetworkNamespaces", swiftSettings: settings),
        .testTarget(name: "GoFlagsTests", dependencies: ["GoFlags"], swiftSettings: settings),
        .testTarget(name: "GoTemplateTests", dependencies: ["SeededRandom", "GoTemplate"], swiftSettings: settings),
        .testTarget(name: "LibvirtTests", dependencies: ["Libvirt"], swiftSettings: settings),
        .testTarget(name: "MachineTests", dependencies: ["Machine"], swiftSettings: settings),
        .testTarget(name: "MachineCLITests", dependencies: ["MachineCLI"], exclude: ["Golden"], swiftSettings: settings),
        .testTarget(name: "LabCLITests", dependencies: ["LabCLI", "Lab"], swiftSettings: settings),
        .testTarget(name: "LabTests", dependencies: ["Lab"], swiftSettings: settings),
        .testTarget(name: "NameServiceTests", dependencies: ["SeededRandom", "NameService"] + nio, swiftSettings: settings),
        .testTarget(
            name: "NetlinkTests", dependencies: ["NetworkNamespaces", "SeededRandom", "CNetlink", "Netlink"],
            swiftSettings: settings),
        .testTarget(name: "NFTablesTests", dependencies: ["NFTables"], swiftSettings: settings),
        .testTarget(name: "NodeTests", dependencies: ["Processes"], swiftSettings: settings),
        .testTarget(name: "DockerAPITests", dependencies: ["DockerAPI"], swiftSettings: settings),
        .testTarget(name: "OrchestrationTests", dependencies: ["SeededRandom", "Orchestration"], swiftSettings: settings),
        .testTarget(name: "SwarmModelTests", dependencies: ["SwarmModel"], swiftSettings: settings),
        .testTarget(
            name: "SwarmSecurityTests", dependencies: ["SeededRandom", "SwarmSecurity", "SwarmModel"], swiftSettings: settings),
        .testTarget(name: "SwarmStoreTests", dependencies: ["SwarmStore", "SwarmModel"], swiftSettings: settings),
        .testTarget(
            name: "SwarmGatewayTests", dependencies: ["SeededRandom", "SwarmGateway", "SwarmModel"], swiftSettings: settings),
        .testTarget(
            name: "SwarmAgentTests",
            dependencies: [
                "NetworkNamespaces", "SwarmAgent", "SwarmModel", "SwarmRPC", .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio + logging, swiftSettings: settings),
        .testTarget(
            name: "SwarmManagerTests",
            dependencies: ["SeededRandom", "SwarmManager", "SwarmAgent", "SwarmNode", "SwarmRPC", "SwarmStore"],
            swiftSettings: settings),
    ]
)
