import Testing
import TestSupport

@testable import SignetStorage

@Suite("SessionChunks")
struct SessionChunksTests {
    private func insert(_ rows: [SessionRow], into chunks: inout SessionChunks, now: Int64 = 0) {
        let batch = Sample.batch(rows)
        for entry in batch.entries { chunks.insert(entry, claims: batch.claims, now: now) }
    }

    @Test("keeps sessions in order however they come")
    func order() {
        var random = SeededGenerator(seed: 3)
        let rows = (0..<5_000).map {
            Sample.session($0, claims: Array(repeating: UInt8($0 % 251), count: $0 % 40))
        }
        let shuffled = rows.enumerated()
            .map { ($0.offset + Int(random.next() % 3_000), $0.element) }
            .sorted { $0.0 < $1.0 }.map(\.1)
        var chunks = SessionChunks()
        insert(shuffled, into: &chunks)
        #expect(chunks.rows { _ in true } == rows)
        for row in rows { #expect(chunks.row(row.id) == row) }
        #expect(chunks.row(rows[0].id - 1) == nil)
        #expect(chunks.row(rows[0].id + 1) == nil)
        #expect(chunks.row(rows[4_999].id + 1) == nil)
        #expect(chunks.newest == rows[4_999].id)
    }

    @Test("drops what has expired by itself while new sessions come")
    func drops() {
        var chunks = SessionChunks()
        let life: Int64 = 10
        // 1,000 sessions a second for 100 seconds, each living 10.
        for second in 0..<100 {
            let rows = (0..<1_000).map { Sample.session(second * 1_000 + $0, life: life) }
            insert(rows, into: &chunks, now: Sample.second + Int64(second))
            #expect(chunks.row(rows[999].id) != nil)
            let youngest = (second - 9) * 1_000
            if youngest >= 0 { #expect(chunks.row(Sample.id(youngest)) != nil) }
        }
        #expect(chunks.count < 14_000)
    }

    @Test("drops what has expired behind a session that lives on")
    func dropsBehind() {
        var chunks = SessionChunks()
        insert([Sample.session(0, life: 1_000_000)], into: &chunks)
        for second in 0..<100 {
            let rows = (0..<1_000).map { Sample.session(second * 1_000 + $0 + 1, life: 10) }
            insert(rows, into: &chunks, now: Sample.second + Int64(second))
        }
        #expect(chunks.row(Sample.id(0)) != nil)
        #expect(chunks.count < 20_000)
    }
}

@Suite("RowID")
struct RowIDTests {
    @Test("is sixteen bytes in network order")
    func bytes() {
        let id = RowID(high: 0x0102_0304_0506_0708, low: 0xF1F2_F3F4_F5F6_F7F8)
        let bytes: [UInt8] = [
            1, 2, 3, 4, 5, 6, 7, 8, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
        ]
        #expect(id.bytes == bytes)
        #expect(RowID(bytes: bytes) == id)
        #expect(RowID(bytes: Array(bytes.dropLast())) == nil)
        #expect(RowID(bytes: bytes + [0]) == nil)
    }
}

@Suite("StoreError")
struct StoreErrorTests {
    /// The codes are those of SQLite's "Result and Error Codes".
    @Test(
        "tells a full disk from a broken one, a damaged file and a bad row",
        arguments: [
            (13, StoreError.Reason.diskFull), (10, .inputOutput), (1_034, .inputOutput),
            (11, .corrupt), (267, .corrupt), (26, .notSignet), (5, .busy), (517, .busy),
            (1_555, .conflict), (787, .conflict), (18, .tooLarge), (14, .cannotOpen), (1, .other),
        ] as [(Int32, StoreError.Reason)])
    func reasons(_ code: Int32, _ reason: StoreError.Reason) {
        let error = StoreError(sqlite: code)
        #expect(error.reason == reason)
        #expect(error.description.contains("SQLite \(code): "))
    }
}
