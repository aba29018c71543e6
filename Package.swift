// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 language mode, and a warning is an error.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

// Read downwards: a target imports only what stands below it.
let package = Package(
    name: "swarmlab",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "machine", targets: ["machine"]),
        .executable(name: "lab", targets: ["lab"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
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
            dependencies: ["Machine", "DockerAPI", "Processes", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(
            name: "Machine",
            dependencies: [
                "Libvirt", "DockerAPI", "Processes", "GoTemplate",
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // The Docker Engine API: model and client.
        .target(
            name: "DockerAPI",
            dependencies: [
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
        .target(
            name: "Processes",
            dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
            swiftSettings: settings),

        // The two Go idioms that docker-machine's users type: its flag syntax and its `--format` templates.
        .target(name: "GoFlags", dependencies: ["GoTemplate"], swiftSettings: settings),
        .target(name: "GoTemplate", swiftSettings: settings),

        .testTarget(name: "GoFlagsTests", dependencies: ["GoFlags"], swiftSettings: settings),
        .testTarget(name: "GoTemplateTests", dependencies: ["GoTemplate"], swiftSettings: settings),
        .testTarget(name: "LibvirtTests", dependencies: ["Libvirt"], swiftSettings: settings),
        .testTarget(name: "MachineTests", dependencies: ["Machine"], swiftSettings: settings),
        .testTarget(name: "MachineCLITests", dependencies: ["MachineCLI"], exclude: ["Golden"], swiftSettings: settings),
        .testTarget(name: "LabCLITests", dependencies: ["LabCLI", "Lab"], swiftSettings: settings),
        .testTarget(name: "LabTests", dependencies: ["Lab"], swiftSettings: settings),
    ]
)
