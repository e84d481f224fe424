internal import SignetCrypto

/// The tokens whose signatures one loop found to be genuine lately, so that a token that is shown again
/// and again costs one hash instead of a public-key operation.
///
/// It knows signatures and nothing else: the key's phase, times, ends and epochs are looked at anew
/// with every call, so what ends a token ends a known one at once. Refusals are never kept. What is
/// compared is the SHA-256 of the token's exact bytes; which key it is that found them genuine belongs
/// to that. Bounded: a token displaces the one of its set that was shown longest ago.
///
/// Not `Sendable`: one for each loop (docs/decisions/0023-verified-tokens.md).
final class VerifiedTokens {
    /// The SHA-256 of a token's bytes.
    struct Digest: Equatable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0

        init() {}

        init(_ token: UnsafeRawBufferPointer) {
            withUnsafeMutableBytes(of: &self) { bytes in
                guard let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else {
                    return
                }
                SHA256Digest.digest(token, into: start)
            }
        }
    }

    private struct Entry {
        var digest = Digest()
        /// The number of the key; 0 for none.
        var key: Int64 = 0
    }

    /// Entries of a set, the one that was shown last in front.
    private static let setSize = 4
    /// 1.3 MB when all are in use.
    static let capacity = 32_768

    private let sets: Int
    // Made with the first token, which many a server never sees.
    private var entries: [Entry] = []

    /// - Parameter capacity: how many tokens it knows at most, a multiple of four.
    init(capacity: Int = VerifiedTokens.capacity) {
        sets = capacity / Self.setSize
    }

    /// Whether the token with `digest` is known to be signed by the key.
    func contains(_ digest: Digest, key: Int64) -> Bool {
        guard !entries.isEmpty else { return false }
        let start = start(of: digest)
        for index in start..<start + Self.setSize
        where entries[index].digest == digest && entries[index].key == key {
            moveToFront(index, of: start)
            return true
        }
        return false
    }

    /// Remembers that the token with `digest` is signed by the key.
    func insert(_ digest: Digest, key: Int64) {
        // The same token of several calls comes back from the workers together.
        guard !contains(digest, key: key) else { return }
        if entries.isEmpty {
            entries = Array(repeating: Entry(), count: sets * Self.setSize)
        }
        let start = start(of: digest)
        let last = start + Self.setSize - 1
        entries[last] = Entry(digest: digest, key: key)
        moveToFront(last, of: start)
    }

    private func start(of digest: Digest) -> Int {
        Int(digest.first.multipliedFullWidth(by: UInt64(sets)).high) * Self.setSize
    }

    private func moveToFront(_ index: Int, of start: Int) {
        let entry = entries[index]
        for place in stride(from: index, to: start, by: -1) { entries[place] = entries[place - 1] }
        entries[start] = entry
    }
}
