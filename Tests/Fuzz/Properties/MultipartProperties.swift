@testable import SignetHandlers

/// Forms in parts: the same however they are cut, and the same when their parts are written again behind
/// another boundary. Up to its first line feed the input is the boundary.
enum MultipartProperties {
    struct Part: Equatable {
        var name: [UInt8]
        var isFile: Bool
        var content: [UInt8] = []
        var isEnded = false
    }

    private struct Collector: MultipartSink {
        var parts: [Part] = []

        mutating func beginPart(_ name: [UInt8], isFile: Bool) {
            parts.append(Part(name: name, isFile: isFile))
        }

        mutating func receive(_ bytes: UnsafeRawBufferPointer) {
            parts[parts.count - 1].content += Array(bytes)
        }

        mutating func endPart() { parts[parts.count - 1].isEnded = true }
    }

    /// The parts of a form that comes in pieces of at most `pieceBytes`; nil when it is refused.
    private static func read(_ body: [UInt8], boundary: [UInt8], pieceBytes: Int) -> [Part]? {
        guard var reader = MultipartReader(boundary: boundary) else { return nil }
        var collector = Collector()
        do throws(FormRefusal) {
            var start = 0
            while start < body.count {
                let end = min(start + pieceBytes, body.count)
                let piece = Array(body[start..<end])
                try piece.withUnsafeBufferPointer { bytes throws(FormRefusal) in
                    try reader.read(UnsafeRawBufferPointer(bytes), into: &collector)
                }
                start = end
            }
            try reader.finish()
        } catch {
            return nil
        }
        return collector.parts
    }

    static func check(_ input: UnsafeRawBufferPointer) throws(Violation) {
        let end = input.firstIndex(of: 0x0A) ?? input.count
        let boundary = Array(input[..<end])
        let body = Array(input[min(end + 1, input.count)...])
        let whole = read(body, boundary: boundary, pieceBytes: max(1, body.count))
        for pieceBytes in [1, 3, 17] {
            let pieces = read(body, boundary: boundary, pieceBytes: pieceBytes)
            try require(pieces == whole, "in pieces of \(pieceBytes) it is another form")
        }
        guard let whole else { return }
        try require(whole.allSatisfy(\.isEnded), "a part did not end")
        try require(whole.count <= MultipartReader.partsMax, "there are too many parts")
        let fresh = unused(in: whole)
        let written = write(whole, boundary: fresh)
        let again = read(written, boundary: fresh, pieceBytes: written.count)
        try require(again == whole, "\(whole) written again is \(String(describing: again))")
    }

    /// A boundary that stands in none of the parts.
    private static func unused(in parts: [Part]) -> [UInt8] {
        var number = 0
        while true {
            let boundary = Array("b\(number)e".utf8)
            if !parts.contains(where: { contains(boundary, in: $0.content + $0.name) }) {
                return boundary
            }
            number += 1
        }
    }

    private static func contains(_ part: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains {
            text[$0..<$0 + part.count].elementsEqual(part)
        }
    }

    private static func write(_ parts: [Part], boundary: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for part in parts {
            text += Array("--".utf8) + boundary
            text += Array("\r\nContent-Disposition: form-data; name=\"".utf8)
            for byte in part.name {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(0x5C) }
                text.append(byte)
            }
            text += Array("\"\(part.isFile ? "; filename=x" : "")\r\n\r\n".utf8)
            text += part.content + [0x0D, 0x0A]
        }
        // A form of no parts is its last boundary alone.
        return text + Array("--".utf8) + boundary + Array("--\r\n".utf8)
    }
}
