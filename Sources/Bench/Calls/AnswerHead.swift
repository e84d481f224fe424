import Glibc

/// The head of an answer, as far as the load generator needs it (RFC 9112 sections 4 to 6): only
/// answers of HTTP/1.1 whose length is known from the start are understood.
struct AnswerHead: Equatable {
    enum Outcome: Equatable {
        case head(AnswerHead)
        /// More bytes are needed.
        case incomplete
        case malformed
    }

    static let headBytesMax = 16 * 1024
    static let bodyBytesMax = 4 * 1024 * 1024

    let status: Int
    /// How many bytes the head has, with its empty line.
    let headCount: Int
    let bodyCount: Int
    /// Whether the server closes the connection after this answer.
    let closes: Bool

    /// The bytes of the whole answer.
    var totalCount: Int { headCount + bodyCount }

    /// Reads the head that `bytes` begin with.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard var line = AnswerLine.first(in: bytes, from: 0) else {
            return bytes.count > headBytesMax ? .malformed : .incomplete
        }
        guard let status = line.status else { return .malformed }
        // RFC 9110 section 8.6: these have no body, and need not say so.
        var bodyCount: Int? = status == 204 || status == 304 ? 0 : nil
        var saysLength = false
        var closes = false
        while true {
            guard let next = AnswerLine.first(in: bytes, from: line.next) else {
                return bytes.count - line.next > headBytesMax ? .malformed : .incomplete
            }
            line = next
            guard line.endsInCRLF, line.next <= headBytesMax else { return .malformed }
            if line.isEmpty { break }
            switch line.field {
            case .other: continue
            case .transferEncoding: return .malformed
            case .connection: closes = closes || line.saysClose
            case .contentLength:
                guard !saysLength, let length = line.decimalValue else { return .malformed }
                saysLength = true
                bodyCount = bodyCount ?? length
            }
        }
        guard let bodyCount, bodyCount <= bodyBytesMax else { return .malformed }
        return .head(
            AnswerHead(
                status: status, headCount: line.next, bodyCount: bodyCount, closes: closes))
    }
}

/// One line of an answer's head.
private struct AnswerLine {
    /// The fields that say how an answer is framed.
    enum Field {
        case contentLength
        case connection
        case transferEncoding
        case other
    }

    private let bytes: UnsafeRawBufferPointer
    private let start: Int
    /// Where the line ends, without its CRLF.
    private let end: Int
    let endsInCRLF: Bool
    /// Where the next line starts.
    let next: Int

    var isEmpty: Bool { end == start }

    /// The line that starts at `start`; nil when its end is not there yet.
    @inline(__always)
    static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> AnswerLine? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let lineFeed = memchr(base + start, 0x0A, bytes.count - start)
        else { return nil }
        let end = UnsafeRawPointer(lineFeed) - base
        let endsInCRLF = end > start && bytes[end - 1] == 0x0D
        return AnswerLine(
            bytes: bytes, start: start, end: endsInCRLF ? end - 1 : end, endsInCRLF: endsInCRLF,
            next: end + 1)
    }

    /// The status of a status line of HTTP/1.1; nil when it is something else. Interim answers
    /// (1xx) are something else too: nothing that we send asks for one.
    var status: Int? {
        guard endsInCRLF, end - start >= 12, begins(with: "HTTP/1.1 "),
            end - start == 12 || bytes[start + 12] == 0x20
        else { return nil }
        var status = 0
        for index in start + 9..<start + 12 {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            status = status * 10 + Int(digit)
        }
        return (200...599).contains(status) ? status : nil
    }

    var field: Field {
        // Most fields are told apart by their first letter.
        switch bytes[start] | 0x20 {
        case 0x63:
            if begins(withSmall: "content-length:") { return .contentLength }
            return begins(withSmall: "connection:") ? .connection : .other
        case 0x74: return begins(withSmall: "transfer-encoding:") ? .transferEncoding : .other
        default: return .other
        }
    }

    /// The value of Content-Length: digits only, and no more than a body can have.
    var decimalValue: Int? {
        let value = trimmedValue
        guard !value.isEmpty, value.count <= 9 else { return nil }
        var number = 0
        for index in value {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    /// Whether the value of Connection is "close", in any letter case.
    var saysClose: Bool {
        let value = trimmedValue
        let line = AnswerLine(
            bytes: bytes, start: value.lowerBound, end: value.upperBound, endsInCRLF: true,
            next: next)
        return value.count == 5 && line.begins(withSmall: "close")
    }

    /// What follows the colon, without the white space around it.
    private var trimmedValue: Range<Int> {
        var from = start
        while from < end, bytes[from] != 0x3A { from += 1 }
        var (lower, upper) = (min(from + 1, end), end)
        while lower < upper, bytes[lower] == 0x20 || bytes[lower] == 0x09 { lower += 1 }
        while lower < upper, bytes[upper - 1] == 0x20 || bytes[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    @inline(__always)
    private func begins(with text: StaticString) -> Bool {
        guard let base = bytes.baseAddress, end - start >= text.utf8CodeUnitCount else {
            return false
        }
        return memcmp(base + start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// Whether the line begins with `text`, which is in small letters, in letters of any case.
    private func begins(withSmall text: StaticString) -> Bool {
        guard end - start >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            let byte = bytes[start + offset]
            let small = byte &- 0x41 < 26 ? byte | 0x20 : byte
            guard small == text.utf8Start[offset] else { return false }
        }
        return true
    }
}
