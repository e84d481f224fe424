internal import Glibc
internal import Synchronization

/// A time for each of many callers, in a fixed amount of memory that all threads share without a lock.
///
/// Each key belongs to a set of eight places. When all are taken, a new key gets the place of the earliest time:
/// that of who is the closest to being free, or is free already. So a caller is forgotten early only for eight in
/// its set who owe more, and nobody can choose the sets: keys are hashes under a secret of the process.
///
/// Two threads that put the same place to use at the same moment may count a call for the other's key, or leave a
/// key in two places, of which the first is used from then on. Both come to one call more or less.
///
/// `@unchecked Sendable`: its words are touched by atomic operations alone.
final class ArrivalTable: @unchecked Sendable {
    /// Places of a set. Its keys are one cache line, its times the next.
    private static let ways = 8

    /// Sets of eight keys and then eight times each.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let setMask: UInt64

    /// - Parameter setCount: a power of two. Each set takes 128 bytes, once it is used.
    init(setCount: Int) {
        precondition(setCount > 0 && setCount & (setCount - 1) == 0)
        setMask = UInt64(setCount - 1)
        let wordCount = setCount * Self.ways * 2
        // calloc has the kernel make the pages when they are first touched. All zeroes is an empty table.
        guard let memory = calloc(wordCount, MemoryLayout<Atomic<UInt64>>.stride) else {
            preconditionFailure("out of memory")
        }
        words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: wordCount)
    }

    deinit { free(words) }

    /// The time of a key; 0 if it has none.
    ///
    /// - Parameter key: any number but 0.
    func time(of key: UInt64) -> Int64 {
        let set = start(of: key)
        guard let way = way(of: key, in: set) else { return 0 }
        return Int64(bitPattern: words[set + Self.ways + way].load(ordering: .relaxed))
    }

    /// Gives a key another time.
    ///
    /// - Parameters:
    ///   - key: any number but 0.
    ///   - body: makes the new time out of the old one; nil leaves it. For a new key the old one is that of whom it
    ///     takes the place from, or 0. It may run again when another thread was faster.
    @inline(__always)
    func change(_ key: UInt64, _ body: (_ time: Int64, _ isNew: Bool) -> Int64?) {
        let set = start(of: key)
        while true {
            let found = way(of: key, in: set)
            let way = found ?? earliestWay(in: set)
            let old = words[set + Self.ways + way].load(ordering: .relaxed)
            guard let new = body(Int64(bitPattern: old), found == nil) else { return }
            let (isDone, _) = words[set + Self.ways + way].compareExchange(
                expected: old, desired: UInt64(bitPattern: new), ordering: .relaxed)
            guard isDone else { continue }
            if found == nil { words[set + way].store(key, ordering: .relaxed) }
            return
        }
    }

    @inline(__always)
    private func start(of key: UInt64) -> Int { Int(key & setMask) * Self.ways * 2 }

    @inline(__always)
    private func way(of key: UInt64, in set: Int) -> Int? {
        for way in 0..<Self.ways where words[set + way].load(ordering: .relaxed) == key {
            return way
        }
        return nil
    }

    private func earliestWay(in set: Int) -> Int {
        var best = 0
        var earliest = Int64.max
        for way in 0..<Self.ways {
            let time = Int64(bitPattern: words[set + Self.ways + way].load(ordering: .relaxed))
            if time == 0 { return way }
            // The last of equals: where all owe all that they may, one place goes round and the others stay.
            if time <= earliest { (best, earliest) = (way, time) }
        }
        return best
    }
}
