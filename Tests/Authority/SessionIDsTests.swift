import Testing

@testable import SignetAuthority

@Suite("Session ids")
struct SessionIDsTests {
    private static let now: Int64 = 1_795_305_600_000

    @Test(
        "rise and name their shard, also when a millisecond has too few",
        arguments: [0, 1, 17, 255])
    func rise(_ shard: Int) {
        let ids = SessionIDs(shard: shard, newest: 0)
        var last: Int64 = 0
        for count in 0..<300_000 {
            let id = ids.next(atUnixMilliseconds: Self.now)
            guard id > last, SessionIDs.shard(of: id) == shard else {
                Issue.record("\(id) after \(last), the \(count)th")
                return
            }
            last = id
        }
        // 256 ids a millisecond: 300,000 reach 1171 milliseconds ahead.
        #expect(last >> 16 == Self.now + 300_000 / 256)
    }

    @Test("begin with the milliseconds, the shard and a sequence of zero")
    func layout() {
        let ids = SessionIDs(shard: 7, newest: 0)
        #expect(ids.next(atUnixMilliseconds: Self.now) == Self.now << 16 | 7 << 8)
        #expect(ids.next(atUnixMilliseconds: Self.now) == Self.now << 16 | 7 << 8 | 1)
        #expect(ids.next(atUnixMilliseconds: Self.now + 1) == (Self.now + 1) << 16 | 7 << 8)
    }

    @Test("rise when the clock goes back")
    func clockGoesBack() {
        let ids = SessionIDs(shard: 3, newest: 0)
        let first = ids.next(atUnixMilliseconds: Self.now)
        let second = ids.next(atUnixMilliseconds: Self.now - 3_600_000)
        let third = ids.next(atUnixMilliseconds: Self.now - 1)
        let fourth = ids.next(atUnixMilliseconds: Self.now)
        #expect(first < second)
        #expect(second < third)
        #expect(third < fourth)
        #expect(ids.next(atUnixMilliseconds: Self.now + 1) == (Self.now + 1) << 16 | 3 << 8)
    }

    @Test(
        "begin above the newest of the store, whatever shard made it and the clock says",
        arguments: [0, 1, 255], [0, 1, 255])
    func restart(_ shard: Int, _ storedShard: Int64) {
        for sequence: Int64 in [0, 255] {
            let newest = Self.now << 16 | storedShard << 8 | sequence
            for clock in [Self.now - 3_600_000, Self.now, Self.now + 1] {
                let ids = SessionIDs(shard: shard, newest: newest)
                let id = ids.next(atUnixMilliseconds: clock)
                #expect(id > newest)
                #expect(SessionIDs.shard(of: id) == shard)
                #expect(ids.next(atUnixMilliseconds: clock) > id)
            }
        }
    }

    @Test("never meet between shards")
    func shards() {
        var seen: Set<Int64> = []
        for shard in [0, 1, 2, 255] {
            let ids = SessionIDs(shard: shard, newest: Self.now << 16 | 0xFFFF)
            for _ in 0..<2000 { seen.insert(ids.next(atUnixMilliseconds: Self.now)) }
        }
        #expect(seen.count == 8000)
    }
}
