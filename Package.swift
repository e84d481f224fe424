// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled alike: Swift 6 mode, warnings are errors, and the upcoming
/// features that docs/ARCHITECTURE.md explains.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
    // Debug builds and tests check exclusive access; on the hot path the checks cost a
    // twentieth of a call (docs/decisions/0005-exclusivity.md), and so do checks of actors that the
    // compiler has proved (docs/decisions/0014-loop-entries.md).
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-Xfrontend", "-disable-dynamic-actor-isolation"],
        .when(configuration: .release)),
]

/// Signatures eight at a time, by Intel's crypto_mb, which `SIGNET_CRYPTO_MB=1 scripts/setup run`
/// fetches (docs/decisions/0022-multi-buffer.md). Without it everything is there but the lanes.
let hasLanes = Context.environment["SIGNET_CRYPTO_MB"] == "1"
let multiBuffer = "\(Context.packageDirectory)/.tools/crypto_mb"

/// The libraries of C in the executable, as `make build` has them, but for those that every Debian has
/// (docs/decisions/0033-one-file.md). In this order, because an archive is searched for what those before it lack.
let isStatic = Context.environment["SIGNET_STATIC"] == "1"
let archives = ["libssl.a", "libcrypto.a", "libuv_a.a", "libsodium.a", "libsqlite3.a"]

/// A library of C, from the package of Debian that has it.
func library(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(
        name: name, pkgConfig: isStatic ? nil : pkgConfig, providers: [.apt([package])])
}

/// A module of ours: `Sources/<folder>` is the target `Signet<folder>`, because `Runtime` and `Crypto`
/// are names of the toolchain and of swift-crypto. The arrows are checked by `scripts/check-arrows`.
func module(_ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "Signet\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
        swiftSettings: settings)
}

/// The tests of a module, in `Tests/<folder>`.
func tests(
    _ folder: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(folder)Tests", dependencies: dependencies + ["TestSupport"],
        path: "Tests/\(folder)", exclude: exclude, swiftSettings: settings)
}

/// The modules that `FuzzTarget` knows.
let fuzzedModules: [Target.Dependency] = [
    "SignetHandlers", "SignetAuthority", "SignetRuntime", "SignetCrypto", "SignetJSON", "signet",
]

let package = Package(
    name: "signet",
    products: [.executable(name: "signet", targets: ["signet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: ["YAML"]),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        library("CLibUV", pkgConfig: "libuv", package: "libuv1-dev"),
        library("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
        library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        library("CSodium", pkgConfig: "libsodium", package: "libsodium-dev"),
        // Headers of ours alone: nothing to install.
        .systemLibrary(name: "CVector"),
        // Loads libcurl when it is first needed; only its headers (libcurl4-openssl-dev) are built with.
        .target(name: "CCurl"),
        // docs/openapi.yaml, which the server hands out.
        .target(name: "CInterface"),
        .target(
            name: "CMultiBuffer",
            cSettings: hasLanes
                ? [.define("SIGNET_CRYPTO_MB"), .unsafeFlags(["-I\(multiBuffer)/include"])] : [],
            linkerSettings: hasLanes
                ? [.unsafeFlags(["-L\(multiBuffer)/lib"]), .linkedLibrary("crypto_mb")] : []),
        module("JSON", ["CVector"]),
        module("Counts"),
        module("Runtime", ["CCurl", "CLibUV", "COpenSSL", "CVector", "SignetCounts"]),
        module("Crypto", ["CMultiBuffer", "COpenSSL", "CSodium", "CVector", "SignetJSON"]),
        module("Storage", ["CSQLite", "SignetCounts"]),
        module("Authority", ["SignetCounts", "SignetCrypto", "SignetStorage"]),
        module(
            "Handlers", ["SignetAuthority", "SignetCounts", "SignetRuntime", "SignetJSON"]),
        module(
            "Bench",
            [
                "SignetRuntime", "SignetCrypto",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),
        .executableTarget(
            name: "signet",
            dependencies: [
                "CInterface", "SignetHandlers", "SignetBench", "SignetAuthority", "SignetStorage",
                "SignetCounts", "SignetCrypto", "SignetRuntime", "SignetJSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/Signet", swiftSettings: settings,
            linkerSettings: isStatic ? archives.map { .linkedLibrary(":\($0)") } : []),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "StoreSupport", dependencies: ["SignetStorage"], path: "Tests/StoreSupport",
            swiftSettings: settings),
        tests("Counts", ["SignetCounts"]),
        tests("JSON", ["SignetJSON"]),
        tests("Bench", ["SignetBench", "SignetRuntime", "SignetCrypto"]),
        tests("Runtime", ["SignetRuntime"]),
        tests("Crypto", ["SignetCrypto", "SignetJSON"]),
        tests("Storage", ["SignetCounts", "SignetStorage"]),
        tests(
            "Authority",
            [
                "SignetAuthority", "SignetCounts", "SignetCrypto", "SignetStorage", "StoreSupport",
            ]),
        tests(
            "Handlers",
            [
                "SignetHandlers", "SignetAuthority", "SignetRuntime", "SignetStorage",
                "SignetCrypto", "StoreSupport",
            ]),
        tests(
            "Settings",
            [
                "signet", "SignetAuthority", "SignetHandlers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("Server", ["signet", "SignetHandlers"], exclude: ["OpenAPI/hooks.py"]),
        .testTarget(
            name: "FuzzTests", dependencies: fuzzedModules + ["TestSupport"], path: "Tests/Fuzz",
            exclude: ["CFuzzer", "Corpus", "Driver"], swiftSettings: settings),
    ]
)

/// For `scripts/fuzz`: the modules with the fuzzer's coverage, the settings of the executable as a library, and the
/// fuzzer, in place of the executable and the tests (docs/decisions/0030-hostile-bytes.md).
if Context.environment["SIGNET_FUZZ"] == "1" {
    let fuzzed = settings + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    package.products = []
    package.targets.removeAll {
        $0.type == .test || $0.type == .executable || $0.path?.hasPrefix("Tests/") == true
    }
    for target in package.targets where target.name.hasPrefix("Signet") {
        target.swiftSettings = fuzzed
    }
    package.targets += [
        .target(
            name: "signet",
            dependencies: [
                "SignetAuthority", "SignetRuntime",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/Signet/Settings",
            exclude: ["SettingsCheck.swift", "SettingsExample.swift", "SettingsReport.swift"],
            swiftSettings: fuzzed),
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "SignetFuzz", dependencies: fuzzedModules + ["CFuzzer"], path: "Tests/Fuzz",
            exclude: ["CFuzzer", "Corpus", "CorpusTests.swift"], swiftSettings: fuzzed),
    ]
}
