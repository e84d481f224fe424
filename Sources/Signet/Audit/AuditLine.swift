internal import SignetCrypto

/// One whole line of an audit log: `{"n":17,…,"mac":"…"}`, and the number and the MAC in it.
struct AuditLine {
    /// Where a line stands in its chain.
    struct Position: Equatable {
        /// 1 for the first line.
        var number: Int64 = 0
        var mac = LineChain.start
    }

    /// How every line begins.
    static let head = Array(#"{"n":"#.utf8)
    private static let beforeMAC = Array(#","mac":""#.utf8)
    private static let end = Array(#""}"#.utf8)
    private static let macDigits = LineChain.length * 2

    let position: Position
    /// What the MAC is over: all that stands before `,"mac"`.
    let signedCount: Int

    /// Reads a line without its line feed; nil when it is none.
    init?(_ line: ArraySlice<UInt8>) {
        let tail = Self.beforeMAC.count + Self.macDigits + Self.end.count
        guard line.count > Self.head.count + tail, line.starts(with: Self.head),
            line.suffix(Self.end.count).elementsEqual(Self.end)
        else { return nil }
        let macStart = line.endIndex - Self.end.count - Self.macDigits
        let signed = line[..<(macStart - Self.beforeMAC.count)]
        guard line[signed.endIndex..<macStart].elementsEqual(Self.beforeMAC),
            let mac = Hexadecimal.bytes(line[macStart..<macStart + Self.macDigits]),
            let number = Self.number(signed.dropFirst(Self.head.count))
        else { return nil }
        position = Position(number: number, mac: mac)
        signedCount = signed.count
    }

    /// The `previous` of the first line of a file: the MAC of the line before it; nil for any other line.
    static func previous(in line: ArraySlice<UInt8>) -> [UInt8]? {
        let name = Array(#","previous":""#.utf8)
        guard let start = line.firstRange(of: name)?.upperBound,
            line[start...].count > macDigits
        else { return nil }
        return Hexadecimal.bytes(line[start..<start + macDigits])
    }

    /// Closes an event that follows the line at `position`, moves that on, and appends the line with its line feed.
    ///
    /// - Parameter event: the members of an object, without braces and line feed.
    static func append(
        _ event: ArraySlice<UInt8>, after position: inout Position, _ chain: LineChain,
        to output: inout [UInt8]
    ) {
        let start = output.count
        position.number += 1
        output.append(contentsOf: head)
        output.append(contentsOf: "\(position.number),".utf8)
        output.append(contentsOf: event)
        position.mac = output.withUnsafeBytes {
            chain.mac(of: UnsafeRawBufferPointer(rebasing: $0[start...]), after: position.mac)
        }
        output.append(contentsOf: beforeMAC)
        output.append(contentsOf: Hexadecimal.text(position.mac))
        output.append(contentsOf: end)
        output.append(0x0A)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard let end = digits.firstIndex(of: UInt8(ascii: ",")),
            (1...18).contains(end - digits.startIndex)
        else { return nil }
        let text = digits[..<end]
        let isNumber =
            text.first != UInt8(ascii: "0")
            && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber ? text.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) } : nil
    }
}

/// Bytes as small hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 0xF))
        }
        return text
    }

    /// Nil for an odd number of digits, and anything that is no small digit.
    static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            guard let value = value(character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
