internal import SignetCrypto
import Synchronization

/// Makes the session ids of one shard: 48 bits of Unix milliseconds, 8 of the shard, 8 of a
/// sequence.
///
/// They rise with time, which the store's insert path lives on, never repeat within the shard, and
/// name the shard that made them. A token id (ULID) is a session id followed by 64 random bits, the
/// *tag*.
///
/// `@unchecked Sendable`: only the shard's loop makes ids; from elsewhere only `newest` is read.
final class SessionIDs: @unchecked Sendable {
    /// Shards that an id can name.
    static let shardsMax = 256

    private let shard: Int64
    private let newestID: Atomic<Int64>

    /// The highest id made, or one that is as good as made.
    var newest: Int64 { newestID.load(ordering: .acquiring) }

    /// - Parameter newest: the highest id of any shard in the store; the ids made here are higher,
    ///   even when the clock was set back since.
    init(shard: Int, newest: Int64) {
        precondition(shard >= 0)
        precondition(shard < Self.shardsMax)
        self.shard = Int64(shard) << 8
        let step: Int64 = 1 << 16
        newestID = Atomic(newest == 0 ? 0 : (newest & ~(step - 1)) + step)
    }

    /// The next id. When a millisecond has no ids left, or the clock went back, the id runs ahead
    /// of the clock rather than repeat; and it is higher than `floor`.
    func next(atUnixMilliseconds now: Int64, above floor: Int64 = 0) -> Int64 {
        var newest = max(newestID.load(ordering: .relaxed), floor)
        let start = now << 16 | shard
        if start > newest {
            newest = start
        } else if newest & 0xFF < 0xFF && newest & 0xFF00 == shard {
            newest += 1
        } else {
            newest = ((newest >> 16) + 1) << 16 | shard
        }
        newestID.store(newest, ordering: .releasing)
        return newest
    }

    /// The shard that made an id.
    static func shard(of id: Int64) -> Int { Int(id >> 8) & 0xFF }
}
