import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SignetStorage

/// A folder of its own for one test, removed with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "signet-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The store's data folder, which the store itself makes.
    var data: String { "\(path)/data" }
    var database: String { "\(data)/signet.db" }

    /// Runs SQL with Python's SQLite, in another process: closing the file in this one would drop
    /// the locks of the store under test. Rows come as lines, columns parted by `|`.
    func sql(_ statements: String..., of database: String? = nil) throws -> [String] {
        let script = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1], timeout=10)
            for statement in sys.argv[2:]:
                for row in database.execute(statement):
                    print("|".join(str(column) for column in row))
            database.commit()
            """
        let output = try Python.run(script, arguments: [database ?? self.database] + statements)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// A clock that tests set.
final class ManualClock: Sendable {
    private let second: Mutex<Int64>

    init(_ second: Int64 = Sample.second) {
        self.second = Mutex(second)
    }

    var now: Int64 { second.withLock { $0 } }

    func advance(seconds: Int64) { second.withLock { $0 += seconds } }
}

/// Rows to test with.
enum Sample {
    /// 2026-11-22 00:00:00 UTC.
    static let second: Int64 = 1_795_305_600

    /// A user of whom nothing matters but that it is there.
    static func user(_ id: Int64, passwordHash: [UInt8]? = nil) -> UserRow {
        UserRow(
            id: id, login: "user\(id)", email: "\(id)@example.org", passwordHash: passwordHash,
            created: 1, updated: 1)
    }

    static func app(_ number: Int64, name: String = "shop") -> AppRow {
        AppRow(
            number: number, id: RowID(high: 0x0192_8374_6574_8392, low: UInt64(number)),
            name: name, description: "Grüße, \u{1F511}", keyHash: (0..<32).map { UInt8($0) },
            algorithm: "ES256", tokenExpire: 3_600, tokenNotBefore: 1, refreshExpire: 7_200,
            refreshNotBefore: 3_000, rotationPeriod: 31_536_000, refreshGrace: 10,
            requiredClaims: 15, added: second, updated: second + 1, lastKeyRotation: second + 2)
    }

    static func key(_ number: Int64, app: Int64, phase: KeyPhase = .active) -> KeyRow {
        KeyRow(
            number: number, id: RowID(high: .max, low: UInt64(number)), app: app,
            algorithm: "ES256", sealedPrivateKey: [1, 2, 3, 0, 255], publicKey: [48, 89],
            phase: phase, created: second, activated: second + 60, expires: second + 900)
    }

    /// The id of the n-th session: one each millisecond.
    static func id(_ n: Int) -> Int64 { (second * 1_000 + Int64(n)) << 16 | 3 << 8 | 7 }

    static func session(
        _ n: Int, app: Int64 = 1, subject: UInt64 = 77, life: Int64 = 7_200,
        claims: [UInt8] = Array(#""sub":"u1","roles":["a"]"#.utf8)
    ) -> SessionRow {
        let issued = second + Int64(n) / 1_000
        return SessionRow(
            id: id(n), tag: .max - UInt64(n), app: app, key: 4, subject: subject, issued: issued,
            authNotBefore: issued + 5, authExpires: issued + min(3_600, life),
            refreshNotBefore: issued + 3_000, refreshExpires: issued + life, claims: claims)
    }

    static func batch(_ rows: SessionRow...) -> SessionBatch { batch(rows) }

    static func batch(_ rows: [SessionRow]) -> SessionBatch {
        let batch = SessionBatch()
        for row in rows { batch.append(row) }
        return batch
    }
}

/// Runs `body` and returns the reason for which it threw, nil if it did not.
func reason(
    _ body: () async throws(StoreError) -> Void
) async -> StoreError.Reason? {
    do throws(StoreError) {
        try await body()
        return nil
    } catch {
        return error.reason
    }
}
