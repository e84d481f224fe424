extension Span<UInt8> {
    /// The eight bytes from `index` on. Traps when there are fewer.
    @inline(__always)
    func word(at index: Int) -> ByteWord {
        // The load checks its bounds itself, and any eight bytes are a valid integer.
        ByteWord(
            UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)))
    }

    /// The index of the first byte from `start` on that is not a token byte.
    func endOfToken(from start: Int) -> Int {
        var index = start
        // Nearly every name consists of letters and hyphens: those go eight at a time.
        while index + 8 <= count {
            let word = word(at: index)
            let plainCount = ByteWord.leadingCount(marked: word.letters | word.marks(of: 0x2D))
            index += plainCount
            guard plainCount < 8 else { continue }
            guard ASCII.isToken(self[index]) else { return index }
            index += 1
        }
        while index < count, ASCII.isToken(self[index]) { index += 1 }
        return index
    }

    /// The index of the first byte from `start` on that is no byte of a path, and whether there was
    /// an escape before it.
    func endOfPath(from start: Int) -> (end: Int, isEscaped: Bool) {
        var index = start
        var isEscaped = false
        while index < count {
            if index + 8 <= count {
                let word = word(at: index)
                // The hyphen, the full stop, the slash and the digits stand side by side.
                index += ByteWord.leadingCount(
                    marked: word.letters | word.marks(from: 0x2D, through: 0x39))
            }
            guard index < count, ASCII.isPath(self[index]) else { break }
            isEscaped = isEscaped || self[index] == ASCII.percent
            index += 1
        }
        return (index, isEscaped)
    }

    /// The index of the first byte from `start` on that is neither a space nor a tab.
    func endOfWhitespace(from start: Int) -> Int {
        var index = start
        while index < count, self[index] == ASCII.space || self[index] == ASCII.tab { index += 1 }
        return index
    }

    /// The index of the first control byte other than the tab from `start` on, or `count`.
    func endOfFieldText(from start: Int) -> Int {
        var index = start
        while index + 8 <= count {
            let marks = word(at: index).controls
            if marks == 0 {
                index += 8
                continue
            }
            index += marks.trailingZeroBitCount / 8
            guard self[index] == ASCII.tab else { return index }
            index += 1
        }
        while index < count, !ASCII.isControl(self[index]) { index += 1 }
        return index
    }

    /// `range` without the spaces and tabs at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start] == ASCII.space || self[start] == ASCII.tab { start += 1 }
        while start < end, self[end - 1] == ASCII.space || self[end - 1] == ASCII.tab { end -= 1 }
        return start..<end
    }

    /// Whether `range` holds exactly `text`.
    @inline(__always)
    func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count
        where self[range.lowerBound + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether `range` holds `text`, which is in small letters, in small or capital letters.
    func matchesIgnoringCase(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count
        where ASCII.lowercased(self[range.lowerBound + offset]) != text.utf8Start[offset] {
            return false
        }
        return true
    }
}

extension MutableSpan<UInt8> {
    /// Puts the letters of `range` into small ones.
    @inline(__always)
    mutating func lowercase(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound, index + 8 <= count {
            let word = span.word(at: index)
            let lowered = word.lowercasingLetters(
                word.letters, first: min(8, range.upperBound - index))
            var raw = mutableBytes
            raw.storeBytes(of: lowered.littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < range.upperBound {
            self[index] = ASCII.lowercased(self[index])
            index += 1
        }
    }
}
