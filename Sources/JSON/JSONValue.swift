/// A value of a scanned document: its kind, and which of the scanned bytes it is.
///
/// It holds offsets only. Every method that reads takes the bytes that were scanned, and traps when
/// they are too short to be those.
package struct JSONValue: Sendable, Equatable, BitwiseCopyable {
    /// The kinds of values of RFC 8259 section 3.
    package enum Kind: UInt8, Sendable, BitwiseCopyable {
        case object
        case array
        case string
        case number
        case `true`
        case `false`
        case null
    }

    // 32 bits each keep a value at 12 bytes; `JSONScanner` refuses documents that need more.
    private let start: UInt32
    private let end: UInt32

    /// What kind of value this is.
    package let kind: Kind
    /// Whether a string has escapes; false for every other kind.
    package let hasEscapes: Bool

    /// The value's bytes, as offsets into the scanned bytes. A string's include its quotes.
    package var range: Range<Int> {
        // `start <= end` holds from `init`.
        Range(uncheckedBounds: (Int(start), Int(end)))
    }

    /// Describes the bytes `range`, which must lie below 4 GiB.
    init(_ kind: Kind, _ range: Range<Int>, hasEscapes: Bool = false) {
        self.kind = kind
        self.hasEscapes = hasEscapes
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        end = UInt32(truncatingIfNeeded: range.upperBound)
    }

    /// Whether the value is a string.
    package var isString: Bool { kind == .string }

    /// Whether the value is `null`.
    package var isNull: Bool { kind == .null }

    /// Whether the value is a string without content.
    package var isEmptyString: Bool { kind == .string && end - start == 2 }

    /// How many bytes stand between the quotes of a string without escapes; nil for every other value.
    /// Most names differ from one that is looked for in this already.
    package var plainLength: Int? {
        kind == .string && !hasEscapes ? Int(end - start) - 2 : nil
    }

    /// The value as the caller wrote it. Valid as long as `bytes` is.
    package func raw(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// What stands between the quotes of a string, still escaped. Valid as long as `bytes` is.
    /// The value must be a string.
    package func content(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        precondition(kind == .string, "not a string")
        // A string has two quotes, so its range holds at least two bytes.
        return UnsafeRawBufferPointer(rebasing: bytes[Int(start) + 1..<Int(end) - 1])
    }

    /// The content of a string, unescaped, in UTF-8. The value must be a string.
    package func string(in bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let content = content(in: bytes)
        guard hasEscapes else { return [UInt8](content) }
        var unescaped: [UInt8] = []
        unescaped.reserveCapacity(content.count)
        unescaped.append(unescaping: content)
        return unescaped
    }

    /// Whether this is a string whose content, unescaped, is `literal`.
    package func equals(_ literal: StaticString, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard kind == .string else { return false }
        let literal = UnsafeRawBufferPointer(
            start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        let content = content(in: bytes)
        guard hasEscapes else { return content.hasSameBytes(as: literal) }

        // An escape is at most six times as long as what it stands for, so that a long string that
        // a client sends is not unescaped to be compared with a short one of ours.
        let couldMatch = literal.count...literal.count * 6
        return couldMatch.contains(content.count)
            && string(in: bytes).withUnsafeBytes { $0.hasSameBytes(as: literal) }
    }

    /// The number as an integer, or nil when the value is not a number, has a fraction or an
    /// exponent (`3600.0`, `1e3`), or does not fit.
    package func integer(in bytes: UnsafeRawBufferPointer) -> Int64? {
        guard kind == .number else { return nil }
        let digits = raw(in: bytes)
        let isNegative = digits[0] == UInt8(ascii: "-")
        let first = isNegative ? 1 : 0
        guard digits.count - first <= Self.safeDigits else {
            return longInteger(digits.dropFirst(first), isNegative)
        }
        var result: Int64 = 0
        for index in first..<digits.count {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            result = result &* 10 &+ Int64(digit)
        }
        return isNegative ? -result : result
    }

    /// Digits that always fit.
    private static let safeDigits = 18

    private func longInteger(_ digits: Slice<UnsafeRawBufferPointer>, _ isNegative: Bool) -> Int64?
    {
        // Counted downwards, as the negative numbers reach one further than the positive ones.
        var result: Int64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (tens, tooLarge) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tens.subtractingReportingOverflow(Int64(digit))
            guard !tooLarge, !overflow else { return nil }
            result = sum
        }
        if isNegative { return result }
        return result == .min ? nil : -result
    }
}
