/// Finds a name that occurs twice in an object. Keeps its memory between objects.
///
/// Few names are compared with each other. Many, or names with escapes, go through a hash table
/// under the process's random seed, so that no client can choose names that make it slow.
struct NameTable {
    /// Where a name's content is: among the scanned bytes, or unescaped among `unescaped`.
    private struct Key {
        let range: Range<Int>
        let isUnescaped: Bool
    }

    private static let pairwiseMax = 16

    private var keys: [Key] = []
    private var unescaped: [UInt8] = []
    /// A power of two of slots: the upper half of a name's hash, and below it the name's index in
    /// `keys` plus one; 0 is a free slot.
    private var slots: [UInt64] = []
    /// How many taken slots were met since the start: the work that a hostile object can cause.
    private(set) var collisionCount = 0

    /// The first of `names`, which are slices of `bytes`, that equals one before it after
    /// unescaping.
    mutating func firstRepeated(
        _ names: UnsafeBufferPointer<JSONValue>, in bytes: UnsafeRawBufferPointer
    ) -> JSONValue? {
        guard names.count <= Self.pairwiseMax else { return firstRepeatedByHash(names, in: bytes) }
        var prefixes = InlineArray<16, UInt64>(repeating: 0)
        var index = 0
        while index < names.count {
            let name = names[index]
            guard !name.hasEscapes else { return firstRepeatedByHash(names, in: bytes) }
            let prefix = Self.prefix(of: name, in: bytes)
            prefixes[index] = prefix
            var earlier = 0
            while earlier < index {
                // Most names differ in this, and then no more of them is read.
                if prefixes[earlier] == prefix,
                    names[earlier].content(in: bytes).hasSameBytes(as: name.content(in: bytes))
                {
                    return name
                }
                earlier &+= 1
            }
            index &+= 1
        }
        return nil
    }

    /// The length of a name and, when it is short, its bytes: equal names have the same.
    private static func prefix(of name: JSONValue, in bytes: UnsafeRawBufferPointer) -> UInt64 {
        let start = name.range.lowerBound + 1
        let length = name.range.count - 2
        guard length < 7 else { return UInt64(truncatingIfNeeded: length) | 0xFF << 56 }
        let mark = UInt64(length) << 56
        guard start + 8 <= bytes.count else {
            // At the end of the document, byte by byte to the same.
            return (0..<length).reduce(mark) { $0 | UInt64(bytes[start + $1]) << UInt64($1 * 8) }
        }
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        return word & ((1 << UInt64(length * 8)) - 1) | mark
    }

    /// Frees what an unusually large object made this table grow to.
    mutating func shrink(toKeep count: Int) {
        if keys.capacity > count { keys = [] }
        if unescaped.capacity > count { unescaped = [] }
        if slots.count > count { slots = [] }
    }

    private mutating func firstRepeatedByHash(
        _ names: UnsafeBufferPointer<JSONValue>, in bytes: UnsafeRawBufferPointer
    ) -> JSONValue? {
        collectKeys(names, in: bytes)
        let mask = clearSlots(for: names.count) - 1
        for index in keys.indices {
            var hasher = Hasher()
            withContent(of: keys[index], in: bytes) { hasher.combine(bytes: $0) }
            let hash = UInt64(bitPattern: Int64(hasher.finalize()))
            let tag = hash & 0xFFFF_FFFF_0000_0000
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 {
                collisionCount += 1
                let other = Int(slots[slot] & 0xFFFF_FFFF) - 1
                if slots[slot] & 0xFFFF_FFFF_0000_0000 == tag, areEqual(other, index, in: bytes) {
                    return names[index]
                }
                slot = (slot + 1) & mask
            }
            slots[slot] = tag | UInt64(index + 1)
        }
        return nil
    }

    private mutating func collectKeys(
        _ names: UnsafeBufferPointer<JSONValue>, in bytes: UnsafeRawBufferPointer
    ) {
        keys.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        for name in names {
            if name.hasEscapes {
                let start = unescaped.count
                unescaped.append(unescaping: name.content(in: bytes))
                keys.append(Key(range: start..<unescaped.count, isUnescaped: true))
            } else {
                let range = name.range.lowerBound + 1..<name.range.upperBound - 1
                keys.append(Key(range: range, isUnescaped: false))
            }
        }
    }

    /// Makes at least twice as many free slots as there are names, and returns how many. Only these
    /// are cleared, so that small objects after a large one stay cheap.
    private mutating func clearSlots(for count: Int) -> Int {
        var needed = 32
        while needed < count * 2 { needed *= 2 }
        if slots.count < needed {
            slots = [UInt64](repeating: 0, count: needed)
        } else {
            for index in 0..<needed { slots[index] = 0 }
        }
        return needed
    }

    private func areEqual(
        _ left: Int, _ right: Int, in bytes: UnsafeRawBufferPointer
    ) -> Bool {
        withContent(of: keys[left], in: bytes) { left in
            withContent(of: keys[right], in: bytes) { left.hasSameBytes(as: $0) }
        }
    }

    private func withContent<Result>(
        of key: Key, in bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard key.isUnescaped else {
            return body(UnsafeRawBufferPointer(rebasing: bytes[key.range]))
        }
        return unescaped.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[key.range])) }
    }
}
