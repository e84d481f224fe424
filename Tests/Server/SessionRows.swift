import Foundation
import TestSupport

/// Looks into the database with Python's sqlite3, so that what was acknowledged is found by another
/// program than the one that wrote it.
enum SessionRows {
    private static let script = """
        import base64, json, sqlite3, sys
        digits = {c: i for i, c in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
        database = sqlite3.connect(sys.argv[1])
        rows = {id: tag for id, tag in database.execute("SELECT id, tag FROM sessions")}
        missing = 0
        for token in sys.stdin.read().split():
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            number = 0
            for digit in claims["jid"]: number = number << 5 | digits[digit]
            id, tag = number >> 64, number & (1 << 64) - 1
            missing += id not in rows or rows[id] & (1 << 64) - 1 != tag
        print(missing)
        """

    /// How many sessions the database of `folder` has.
    static func count(in folder: String) throws -> Int {
        try number(
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); "
                + "print(d.execute('SELECT count(*) FROM sessions').fetchone()[0])",
            folder)
    }

    /// How many of the sessions of these pairs are not in the database of `folder`.
    static func missing(of pairs: [TokenPair], in folder: String) throws -> Int {
        let tokens = pairs.map(\.authToken).joined(separator: "\n")
        return try number(script, folder, input: tokens)
    }

    private static func number(
        _ script: String, _ folder: String, input: String = ""
    ) throws -> Int {
        let output = try Python.run(
            script, arguments: ["\(folder)/signet.db"], input: Data(input.utf8))
        return Int(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)) ?? -1
    }
}
