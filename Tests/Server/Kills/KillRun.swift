import Foundation
import TestSupport

/// One data folder, on which servers are started and killed one after the other, and the clients that remember
/// what those answered.
final class KillRun {
    private struct Round: Sendable {
        var answers = 0
        var running: Int
        var wrong: String?
    }

    private let folder: TemporaryFolder
    /// In memory where that can be: a kill leaves to the kernel what was written, so a disk adds time alone.
    private let data: String
    private let mails: MailPeer
    private let rootKey = String(repeating: "root", count: 32)
    private var random: SeededGenerator
    private var clients: [any KilledClient] = []
    private let commands = KilledCommands()
    private let signUps: KilledSignUps
    private(set) var kills = 0
    /// Kills of commands beside the server.
    var commandKills: Int { commands.killed }
    private(set) var answers = 0
    var mailCount: Int { signUps.peopleCount }

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        folder = try TemporaryFolder()
        data =
            FileManager.default.isWritableFile(atPath: "/dev/shm")
            ? "/dev/shm/signet-\(UUID().uuidString)" : folder.path("data")
        mails = try MailPeer(.plaintext, nil, in: folder)
        signUps = KilledSignUps(mails: mails)
        let process = try start(nil)
        guard let server = try server(process) else { throw Lost(description: "no first start") }
        let rotates = try app("HS256", "OCT", rotationSeconds: 60, on: server)
        clients = [
            KilledSessions(app: rotates), KilledSessions(app: rotates),
            KilledSessions(app: try app("ES256", "ECDSA", on: server)),
            KilledKeys(app: try app("ES256", "ECDSA", on: server)),
            KilledKeys(app: try app("HS256", "OCT", on: server)),
            signUps, commands,
        ]
        for name in ["ann", "bob"] {
            let made = try Signet.run(
                ["user", "create", name, "--email", "\(name)@example.org", "--password-stdin"]
                    + Self.cheapPasswords + ["--data", server.data], input: KilledUser.password,
                in: folder)
            try expect(made.ending == .exited(0), made.errors)
            clients.append(KilledUser(name))
        }
        process.signal(SIGTERM)
        try expect(try process.waitForEnd() == .exited(0), "the first server did not end")
    }

    deinit { try? FileManager.default.removeItem(atPath: data) }

    /// Starts a server, checks all that is new since the last kill, has the clients work and kills it.
    func kill(_ moment: KillMoment) throws {
        if moment.needsDueKeys { try makeKeysDue(dropsNext: moment.needsNewKey) }
        let process = try start(moment)
        // It may come to its point at any time.
        if let server = try server(process), try check(server, process, all: false) {
            try work(server, process, moment)
        }
        let ending = try process.waitForEnd(atMostSeconds: 300)
        try expect(
            ending == .killed(signal: SIGKILL), "it ended by itself: \(ending) \(process.errorText)"
        )
        kills += 1
        if kills.isMultiple(of: 10) { try checkDatabase() }
    }

    /// Has the data folder forget what a round did, as if nothing of it had been committed.
    func lose(_ round: () throws -> Void) throws {
        let copy = "\(data)-copy"
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        try round()
        try FileManager.default.removeItem(atPath: data)
        try FileManager.default.moveItem(atPath: copy, toPath: data)
    }

    /// Starts a server for the last time, checks everything, and waits for all mails.
    func finish() throws {
        let process = try start(nil)
        guard let server = try server(process) else {
            throw Lost(description: "no last start: \(process.errorText)")
        }
        _ = try check(server, process, all: true)
        try signUps.waitForMails()
        process.signal(SIGTERM)
        try expect(try process.waitForEnd() == .exited(0), "the last server did not end")
        try checkDatabase()
    }

    private static let cheapPasswords = [
        "--set", "passwords.memory=8MiB", "--set", "passwords.iterations=1",
    ]

    private func start(_ moment: KillMoment?) throws -> ChildProcess {
        var environment = ["SIGNET_ROOT_KEY": rootKey, "SIGNET_FAULT_CHECKPOINT_PAGES": "100"]
        if case .point(let name, let time) = moment {
            environment["SIGNET_FAULT_POINT"] = "\(name):\(time)"
        }
        let settings = [
            "frontend.sign_up=open", "smtp.url=smtp://127.0.0.1:\(mails.port)",
            "smtp.from=signet@example.org", "outbound.plaintext_loopback=true",
            // The machine has other things to do as well.
            "limits.queue_time=0s", "timeouts.drain=60s", "sign_in.access_life=24h",
            "rate_limits.enabled=false", "rate_limits.sign_in_delay_max=0s",
        ]
        return try Signet.start(
            [
                "serve", "--port", "0", "--loops", "2", "--workers", "1", "--data",
                data,
            ]
                + settings.flatMap { ["--set", $0] } + Self.cheapPasswords,
            environment: environment, in: folder)
    }

    /// Nil when the server was killed before it listened.
    private func server(_ process: ChildProcess) throws -> KilledServer? {
        guard let output = process.waitForOutput("listens on http"),
            let port = output.firstMatch(of: /listens on http:\/\/[^\n]*:([0-9]+)\n/)?.1
        else {
            let ending = try process.waitForEnd()
            try expect(ending == .killed(signal: SIGKILL), "no start: \(process.errorText)")
            return nil
        }
        return KilledServer(
            port: Int(port) ?? 0, rootKey: rootKey, data: data, folder: folder)
    }

    /// - Returns: false when the server was killed meanwhile, by its point.
    private func check(
        _ server: KilledServer, _ process: ChildProcess, all: Bool
    ) throws -> Bool {
        do {
            for client in clients { try client.check(server, &random, all: all) }
            return true
        } catch let error where isGone(error) {
            return false
        }
    }

    private func work(
        _ server: KilledServer, _ process: ChildProcess, _ moment: KillMoment
    ) throws {
        let round = Watched(Round(running: clients.count))
        for client in clients {
            let seed = random.next()
            Thread.detachNewThread {
                var random = SeededGenerator(seed: seed)
                do {
                    try client.work(server, &random) { round.update { $0.answers += 1 } }
                } catch let error where isGone(error) {
                    // As it must be.
                } catch {
                    round.update { $0.wrong = "\(error)" }
                }
                round.update { $0.running -= 1 }
            }
        }
        switch moment {
        case .answers(let count):
            let reached = round.wait(atMostSeconds: 300) {
                $0.answers >= count || $0.wrong != nil || $0.running == 0
            }
            process.signal(SIGKILL)
            try expect(reached != nil, "no \(count) answers")
        case .point:
            // Nobody waits for a server that is wrong.
            let end = try? process.waitForEnd(atMostSeconds: 300)
            if end == nil { process.signal(SIGKILL) }
            try expect(end != nil, "the point was not reached")
        }
        guard let end = round.wait(atMostSeconds: 300, until: { $0.running == 0 }) else {
            throw Lost(description: "clients still wait for a server that was killed")
        }
        answers += end.answers
        try expect(end.wrong == nil, end.wrong ?? "")
    }

    private func app(
        _ algorithm: String, _ keyType: String, rotationSeconds: Int = 31_536_000,
        on server: KilledServer
    ) throws -> AppAccount {
        let answer = try server.connect().call(
            "POST", "/root/create", key: rootKey,
            body: #"""
                {"name":"kills","token_expire":3600,"refresh_expire":7200,"key_type":"\#(keyType)",
                "algo":"\#(algorithm)","rotation_period":\#(rotationSeconds),"refresh_grace":300}
                """#)
        guard let id = answer.object?["app_id"] as? String,
            let key = answer.object?["app_key"] as? String
        else { throw Lost(description: "no app: \(answer)") }
        return AppAccount(id: id, key: key)
    }

    /// Makes the keys of the app that rotates older than they are, while no server runs.
    private func makeKeysDue(dropsNext: Bool) throws {
        let app = "app = (SELECT min(number) FROM apps)"
        let drop = dropsNext ? "DELETE FROM keys WHERE phase = 0 AND \(app);" : ""
        try Python.run(
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2])",
            arguments: [
                "\(data)/signet.db",
                """
                \(drop) UPDATE keys SET created = created - 61, activated = activated - 61
                WHERE phase < 2 AND \(app)
                """,
            ])
    }

    private func checkDatabase() throws {
        let check = try Signet.run(["check", "--data", data], in: folder)
        try expect(check.ending == .exited(0), "\(check.output)\(check.errors)")
    }
}
