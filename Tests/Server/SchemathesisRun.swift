import Foundation
import TestSupport
import Testing

/// One run of schemathesis over docs/openapi.yaml, against a server of its own that has a mail server and a provider
/// beside it. What it can't know, such as keys and tokens, `OpenAPI/hooks.py` puts in.
///
/// `SIGNET_SCHEMATHESIS_SEED` repeats a run, `SIGNET_SCHEMATHESIS_EXAMPLES` makes a longer one.
struct SchemathesisRun {
    /// Random cases for each operation and kind of data, besides those that the document's examples and limits make.
    private static let examples = 20

    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_schema_conformance", "response_headers_conformance", "unsupported_method",
        "allow_header_conformance",
    ]

    /// Neither what the server has answered nor an account that schemathesis signs up goes into calls: a token or an
    /// app that the hooks need could be ended by it.
    private static let configuration = """
        [auth]
        auto-signup = false
        [phases.examples.extra-data-sources]
        responses = false
        [phases.coverage.extra-data-sources]
        responses = false
        [phases.fuzzing.extra-data-sources]
        responses = false
        """

    /// What the hooks are told.
    private struct World: Encodable {
        let port: Int
        let adminPort: Int
        let rootKey: String
        let seed: UInt32
        /// An administrator and two others.
        let users = ["ada", "vera", "ward"]
        let password = "secret-word"
        let providerToken: String
        let verifyTokens: [String]
        /// The file for what they saw.
        let seen: String
    }

    /// What the hooks saw: calls by operation and status.
    private struct Seen: Decodable {
        let seen: [String: [Int: Int]]
        let others: [String: [Int: Int]]
    }

    let seed: UInt32
    let ending: ChildProcess.Ending
    let output: String
    /// The answers to each operation of the document, by their status.
    let answers: [String: [Int: Int]]
    /// Calls of a path by a method that it does not have.
    let otherMethods: Int

    init() throws {
        guard FileManager.default.isExecutableFile(atPath: Python.schemathesis.path) else {
            throw ChildProcess.Failure.notInstalled("schemathesis (.tools/schemathesis)")
        }
        let environment = ProcessInfo.processInfo.environment
        seed =
            environment["SIGNET_SCHEMATHESIS_SEED"].flatMap(UInt32.init) ?? .random(in: 0 ... .max)
        let examples = environment["SIGNET_SCHEMATHESIS_EXAMPLES"] ?? "\(Self.examples)"

        let bench = try OutboundServer()
        let mailPeer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let provider = try ProviderPeer(bench.certificates, in: bench.folder)
        let settings = [
            "rate_limits.enabled=false", "limits.queue_time=0s", "durability=relaxed",
            "passwords.memory=8MiB", "passwords.iterations=1", "audit.file=audit.log",
        ]
        let server = try bench.start(
            mailPort: mailPeer.port,
            providers: "name=mock issuer=\(provider.issuer) client_ids=shop",
            settings.flatMap { ["--set", $0] })
        let world = try Self.world(
            server, mailPeer, providerToken: try provider.tokens(for: "ann").id, seed)
        let worldFile = try bench.folder.write(
            String(decoding: try JSONEncoder().encode(world), as: UTF8.self), to: "world.json")
        // It keeps a core busy for a minute, and there may be tests beside it that wait for theirs.
        let tool = try ChildProcess(
            ChildProcess.find("nice"),
            [
                Python.schemathesis.path, "-m", "schemathesis.cli", "--config-file",
                try bench.folder.write(Self.configuration, to: "schemathesis.toml"), "run",
                Python.packageRoot.appending(path: "docs/openapi.yaml").path,
                "--url", "http://127.0.0.1:\(server.port)",
                "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
                "--checks", Self.checks.joined(separator: ","), "--max-examples", examples,
                "--seed", "\(seed)", "--generation-database", "none", "--no-color",
            ],
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": bench.folder.path(),
                "SIGNET_WORLD": worldFile,
                // Beside the hooks, SwiftPM would wonder what it is.
                "PYTHONDONTWRITEBYTECODE": "1",
                "SCHEMATHESIS_HOOKS": Python.packageRoot
                    .appending(path: "Tests/Server/OpenAPI/hooks.py").path,
            ], in: bench.folder.path())
        ending = try tool.waitForEnd(atMostSeconds: 900)
        output = tool.outputText + tool.errorText
        let written = FileManager.default.contents(atPath: world.seen)
        let seen = try JSONDecoder().decode(
            Seen.self, from: try #require(written, "it ended early:\n\(output)"))
        answers = seen.seen
        otherMethods = seen.others.values.reduce(0) { $0 + $1.values.reduce(0, +) }
        #expect(try server.stop() == .exited(0))
        // Whatever it sent stands in no line of the log as more than text.
        let verified = try Signet.run(
            ["audit", "verify", "--data", server.data, "--set", "audit.file=audit.log"],
            in: bench.folder)
        #expect(verified.ending == .exited(0), "\(verified)")
        #expect(
            try AuditRecords(path: bench.folder.path("audit.log")).all.count > answers.count)
    }

    /// Makes users, and sign-ups whose mails have come.
    private static func world(
        _ server: SignetProcess, _ mailPeer: MailPeer, providerToken: String, _ seed: UInt32
    ) throws -> World {
        try server.createUser("ada", ["--role", "admin"])
        try server.createUser("vera")
        try server.createUser("ward")
        let newcomers = ["kim", "lou", "max", "ned", "ona", "pat"]
        for name in newcomers {
            #expect(try OutboundServer.signUp(name, on: server).status == 202)
        }
        let mails = try #require(mailPeer.waitForMails(newcomers.count))
        return World(
            port: server.port, adminPort: server.adminPort,
            rootKey: try #require(server.rootKey), seed: seed, providerToken: providerToken,
            verifyTokens: try mails.map { try OutboundServer.link(in: $0).token },
            seen: server.folder.path("seen.json"))
    }
}
