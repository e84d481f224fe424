import Foundation
import TestSupport
import Testing

/// `signet key …` and `pub-keys` beside a server, as tests use them.
struct KeyTool {
    let server: SignetProcess

    /// Runs `signet key` with `arguments` on the server's data. Whatever comes of it.
    func outcome(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Signet.Outcome {
        try Signet.run(
            ["key"] + arguments + ["--data", server.data], environment: environment,
            in: server.folder)
    }

    /// Runs `signet key` with `--json`; it must succeed.
    func json(_ arguments: [String]) throws -> Any {
        let outcome = try outcome(arguments + ["--json"])
        try #require(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.errors == "")
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    }

    /// The one object that `signet key` prints.
    func object(_ arguments: [String]) throws -> [String: Any] {
        try #require(try json(arguments) as? [String: Any])
    }

    /// The keys of an app as the command line lists them.
    func list(_ app: AppAccount) throws -> [[String: Any]] {
        try #require(try json(["list", "--app", app.id]) as? [[String: Any]])
    }

    /// The keys of an app as the server shows them.
    func published(_ app: AppAccount) throws -> [[String: Any]] {
        let answer = try server.connect().call("GET", "/app/\(app.id)/pub-keys", key: app.key)
        return try #require(answer.object?["keys"] as? [[String: Any]])
    }

    /// The ids of the keys in an app's JWKS.
    func jwks(_ app: AppAccount) throws -> [String?] {
        let answer = try server.connect().call("GET", "/app/\(app.id)/.well-known/jwks.json")
        let keys = try #require(answer.object?["keys"] as? [[String: Any]])
        return keys.map { $0["kid"] as? String }
    }

    /// Changes columns of a key behind the server's back, and announces it as another process
    /// would: this moves a key through the time that its life takes.
    func set(_ columns: String, ofKey id: String) throws {
        let script = """
            import sqlite3, sys, time
            digits = {c: i for i, c in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
            number = 0
            for digit in sys.argv[2]: number = number << 5 | digits[digit]
            d = sqlite3.connect(sys.argv[1] + "/signet.db", timeout=10, isolation_level=None)
            d.execute("BEGIN IMMEDIATE")
            columns = sys.argv[3].replace("NOW", str(int(time.time())))
            id = number.to_bytes(16, "big")
            assert d.execute(f"UPDATE keys SET {columns} WHERE id = ?", (id,)).rowcount == 1
            d.execute("INSERT INTO changes(kind, subject, app, through, expires) "
                      "SELECT 5, number, app, 0, 0 FROM keys WHERE id = ?", (id,))
            d.execute("COMMIT")
            """
        try Python.run(script, arguments: [server.data, id, columns])
    }
}
