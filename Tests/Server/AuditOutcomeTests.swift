import Foundation
import TestSupport
import Testing

/// What lines of the audit log say that came of something.
@Suite("Outcomes in the audit log of a server")
struct AuditOutcomeTests {
    private static let form = "Content-Type: application/x-www-form-urlencoded"
    private static let log = ["--set", "audit.file=audit.log"]
    private static let rootKey = String(repeating: "rOOt+K3y", count: 16)

    private static func records(_ folder: TemporaryFolder) throws -> AuditRecords {
        try AuditRecords(path: folder.path("audit.log"))
    }

    @Test("a token or key that is unknown or over, and an address that is taken, change nothing")
    func unchanged() throws {
        let outbound = try OutboundServer()
        // Nothing listens there: the mails wait.
        let server = try outbound.start(mailPort: 9, Self.log)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()

        let client = "Basic \(Data("\(app.id):\(app.key)".utf8).base64EncodedString())"
        let pair = try app.pair(on: connection)
        for token in ["garbage", pair.authToken, pair.authToken] {
            let answer = try connection.call(
                "POST", "/oauth/revoke", key: client, fields: [Self.form], body: "token=\(token)")
            #expect(answer.status == 200)
        }
        let other = try app.pair(on: connection)
        for token in ["a.b.c", other.refreshToken, other.refreshToken] {
            let answer = try connection.call(
                "POST", "/app/\(app.id)/logout", key: app.key, body: #"{"token":"\#(token)"}"#)
            #expect(answer.status == 200)
        }

        let keyID = try #require(pair.fields["key_id"])
        for id in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "Z", keyID, keyID] {
            let path = "/root/\(app.id)/revoke/\(id)"
            #expect(
                try connection.call("DELETE", path, key: server.rootKey).status
                    == (id == "Z" ? 403 : 200))
        }
        let command = try Signet.run(
            ["key", "revoke", keyID, "--data", server.data] + Self.log, in: outbound.folder)
        #expect(command.ending == .exited(0), "\(command)")

        for _ in 0..<2 { #expect(try OutboundServer.signUp("ann", on: server).status == 202) }
        let active = try Signet.run(
            ["user", "activate", "ann@example.org", "--data", server.data] + Self.log,
            in: outbound.folder)
        #expect(active.ending == .exited(0), "\(active)")
        for verb in ["activate", "suspend", "suspend", "activate"] {
            let outcome = try Signet.run(
                ["user", verb, "ann@example.org", "--data", server.data] + Self.log,
                in: outbound.folder)
            #expect(outcome.ending == .exited(0), "\(outcome)")
        }
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        let session = try connection.call(
            "POST", "/api/rest/signin", fields: [Self.form],
            body: "login=ann@example.org&password=secret-word")
        let token = try #require(session.object?["refreshToken"] as? String, "\(session)")
        for _ in 0..<2 {
            let answer = try connection.call(
                "POST", "/api/rest/signout", fields: [Self.form], body: "token=\(token)")
            #expect(answer.status == 200)
        }
        #expect(try server.stop() == .exited(0))

        let records = try Self.records(outbound.folder)
        let caller = "app:\(app.id)"
        #expect(
            records.told("session.ended") == [
                "unchanged oauth \(caller)", "ok oauth \(caller)", "unchanged oauth \(caller)",
                "unchanged apps \(caller)", "ok apps \(caller)", "unchanged apps \(caller)",
                "ok sign-in user:1", "unchanged sign-in nobody",
            ])
        #expect(
            records.told("key.revoked").map { $0.split(separator: " ").dropLast() }
                == [
                    ["unchanged", "apps"], ["refused", "apps"], ["ok", "apps"],
                    ["unchanged", "apps"], ["unchanged", "command-line"],
                ])
        #expect(
            records.told("user.activated").map { $0.prefix { $0 != " " } }
                == ["ok", "unchanged", "ok"])
        #expect(
            records.told("user.suspended").map { $0.prefix { $0 != " " } } == ["ok", "unchanged"])
        #expect(
            records.told("user.created") == [
                "ok frontend nobody", "ok frontend nobody", "unchanged frontend nobody",
            ])
        #expect(
            records.texts("detail", of: "user.created") == [
                "-", "signed up again", "address taken",
            ])
        #expect(records.texts("target", of: "user.created") == ["user:1", "user:1", "user:1"])
    }

    @Test("another SIGNET_ROOT_KEY than the store had is told at the start, the same is not")
    func rootKey() throws {
        let folder = try TemporaryFolder()
        let keys: [String?] = [nil, nil, Self.rootKey, Self.rootKey, nil]
        let told = try keys.map { key in
            let server = try SignetProcess(in: folder, Self.log, rootKey: key)
            #expect(try server.stop() == .exited(0))
            return try Self.records(folder).told("key.rotated").count
        }
        // The first start makes one.
        #expect(told == [1, 1, 2, 2, 2])
        let records = try Self.records(folder)
        #expect(records.texts("target", of: "key.rotated") == ["root-key", "root-key"])
        #expect(records.told("key.rotated").allSatisfy { $0 == "ok server server" })
    }

    @Test("settings that can't be read again are told as that")
    func reload() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rate_limits: {app: 5/s}\n", to: "signet.yaml")
        let server = try SignetProcess(in: folder, ["--config", file] + Self.log)
        _ = try folder.write("rate_limits: {app: fast}\n", to: "signet.yaml")
        server.process.signal(SIGHUP)
        #expect(server.process.waitForErrors("settings not reloaded") != nil)
        _ = try folder.write("rate_limits: {app: 6/s}\n", to: "signet.yaml")
        server.process.signal(SIGHUP)
        #expect(server.process.waitForErrors("settings reloaded") != nil)
        #expect(try server.stop() == .exited(0))
        #expect(
            try Self.records(folder).told("settings.reloaded") == [
                "failed server server", "ok server server",
            ])
    }

    /// A call that costs nothing and may come often.
    enum Flood: String, CaseIterable {
        case wrongKey, signedOut, signedOutRenewal, suspended

        var event: String { self == .signedOut ? "session.ended" : "access" }
        var status: Int {
            switch self {
            case .wrongKey: 403
            case .signedOut: 200
            case .signedOutRenewal, .suspended: 401
            }
        }
    }

    /// The call, of a credential that is wrong or over.
    private static func request(
        _ flood: Flood, _ server: SignetProcess, _ connection: HTTPConnection
    ) throws -> [UInt8] {
        if flood == .wrongKey {
            return HTTPConnection.request("GET", "/root/list", key: "wrong")
        }
        try server.createUser("ann")
        let session = try connection.call(
            "POST", "/api/rest/signin", fields: [form], body: "login=ann&password=secret-word")
        let token = try #require(session.object?["refreshToken"] as? String, "\(session)")
        if flood == .suspended {
            let outcome = try Signet.run(
                ["user", "suspend", "ann", "--data", server.data], in: server.folder)
            try #require(outcome.ending == .exited(0))
        } else {
            let answer = try connection.call(
                "POST", "/api/rest/signout", fields: [form], body: "token=\(token)")
            try #require(answer.status == 200)
        }
        return HTTPConnection.request(
            "POST", "/api/rest/\(flood == .signedOut ? "signout" : "token")", fields: [form],
            body: "token=\(token)")
    }

    @Test(
        "a flood of refusals that cost nothing is told by a few lines and a number",
        arguments: Flood.allCases)
    func flood(_ flood: Flood) throws {
        let count = 300, toldMax = 16
        let folder = try TemporaryFolder()
        let server = try SignetProcess(
            in: folder,
            [
                "--loops", "1", "--set", "rate_limits.address=100000/s",
                // However slow the machine is, none is told that there is too much to do.
                "--set", "limits.queue_time=0s",
            ] + Self.log)
        let connection = try server.connect()
        let request = try Self.request(flood, server, connection)
        // The one that ended the session is none of them.
        let other = flood == .signedOut ? 1 : 0
        try connection.send(Array(repeatElement(request, count: count).joined()))
        for _ in 0..<count { #expect(try connection.readAnswer().status == flood.status) }
        // The rest of a second is told by a round of a later one.
        var (records, repeated) = (try Self.records(folder), 0)
        let deadline = ContinuousClock.now + .seconds(60)
        repeat {
            #expect(try connection.call("GET", "/ping").status == 200)
            // What is being written may end within a line.
            if let now = try? Self.records(folder) { records = now }
            repeated = records.of("audit.repeated").reduce(0) { $0 + ($1["count"] as? Int ?? 0) }
        } while repeated + records.of(flood.event).count < count + other
            && ContinuousClock.now < deadline
        #expect(repeated + records.of(flood.event).count == count + other)
        var told: [Substring: Int] = [:]
        for time in records.texts("time", of: flood.event).dropFirst(other) {
            told[time.prefix(19), default: 0] += 1
        }
        #expect(told.values.allSatisfy { $0 <= toldMax }, "\(told)")
        #expect(
            records.of("audit.repeated").allSatisfy { $0["address"] as? String == "127.0.0.1" })
        #expect(try server.stop() == .exited(0))
    }
}
