internal import SignetRuntime

/// What takes the parts of a form.
protocol MultipartSink {
    /// A part begins.
    ///
    /// - Parameters:
    ///   - name: the field's.
    ///   - isFile: whether it says the name of a file.
    mutating func beginPart(_ name: [UInt8], isFile: Bool) throws(FormRefusal)
    /// More of the part's content.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(FormRefusal)
    mutating func endPart()
}

/// Reads `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) as it comes, in pieces of any size, and keeps
/// nothing of it but the head of the current part and what may become a delimiter.
struct MultipartReader {
    /// Bytes of the header fields of one part.
    static let partHeadBytesMax = 4096
    /// Parts of one form, of whatever name.
    static let partsMax = 64
    /// RFC 2046 section 5.1.1.
    static let boundaryBytes = 1...70

    private enum State {
        case preamble
        /// Behind a boundary: what was seen of the end of its line.
        case delimiter(DelimiterEnd)
        case head
        case content
        /// Behind the last boundary, where everything is ignored.
        case epilogue
    }

    private enum DelimiterEnd {
        case nothing
        /// The first dash of the last boundary.
        case dash
        /// White space that a transport may have added.
        case padding
        case carriageReturn
    }

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")

    /// A line's end, two dashes and the boundary. Its first byte is in it only once.
    private let delimiter: [UInt8]
    /// How many bytes of the delimiter have just been read.
    private var matched = 2
    private var state = State.preamble
    private var head: [UInt8] = []
    private var partCount = 0

    /// Nil when `boundary` can't be one. A line of its own may be the first: so the form begins as if one had
    /// just ended.
    init?(boundary: [UInt8]) {
        guard Self.boundaryBytes.contains(boundary.count), boundary.last != UInt8(ascii: " "),
            boundary.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        delimiter = Array("\r\n--".utf8) + boundary
    }

    /// Reads the next piece.
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, into sink: inout some MultipartSink
    ) throws(FormRefusal) {
        var index = 0
        while index < bytes.count {
            switch state {
            case .preamble, .content: index = try readContent(bytes, from: index, into: &sink)
            case .delimiter(let end):
                state = try Self.next(after: end, bytes[index])
                if case .head = state { try countPart() }
                index += 1
            case .head:
                try readHead(bytes[index], into: &sink)
                index += 1
            case .epilogue: return
            }
        }
    }

    /// Throws when the form has not come to its end.
    func finish() throws(FormRefusal) {
        guard case .epilogue = state else { throw .malformed("The form does not end.") }
    }

    /// Reads up to the end of the next delimiter, or of the piece.
    ///
    /// - Returns: where it stopped.
    private mutating func readContent(
        _ bytes: UnsafeRawBufferPointer, from start: Int, into sink: inout some MultipartSink
    ) throws(FormRefusal) -> Int {
        var index = start
        while index < bytes.count {
            if matched == 0 {
                let next = bytes.index(of: Self.carriageReturn, from: index)
                try pass(UnsafeRawBufferPointer(rebasing: bytes[index..<next]), to: &sink)
                guard next < bytes.count else { return next }
                matched = 1
                index = next + 1
            } else if bytes[index] == delimiter[matched] {
                matched += 1
                index += 1
                guard matched == delimiter.count else { continue }
                matched = 0
                if case .content = state { sink.endPart() }
                state = .delimiter(.nothing)
                return index
            } else {
                // It was none; this byte may be the first of the next.
                let kept = delimiter[..<matched]
                matched = 0
                if case .content = state { try Self.pass(kept, to: &sink) }
            }
        }
        return index
    }

    private func pass(
        _ bytes: UnsafeRawBufferPointer, to sink: inout some MultipartSink
    ) throws(FormRefusal) {
        guard case .content = state, !bytes.isEmpty else { return }
        try sink.receive(bytes)
    }

    private static func pass(
        _ bytes: ArraySlice<UInt8>, to sink: inout some MultipartSink
    ) throws(FormRefusal) {
        try bytes.span.withUnsafeBufferPointer { bytes throws(FormRefusal) in
            try sink.receive(UnsafeRawBufferPointer(bytes))
        }
    }

    private static func next(
        after end: DelimiterEnd, _ byte: UInt8
    ) throws(FormRefusal) -> State {
        switch (end, byte) {
        case (.nothing, UInt8(ascii: "-")): .delimiter(.dash)
        case (.dash, UInt8(ascii: "-")): .epilogue
        case (.nothing, UInt8(ascii: " ")), (.nothing, UInt8(ascii: "\t")),
            (.padding, UInt8(ascii: " ")), (.padding, UInt8(ascii: "\t")):
            .delimiter(.padding)
        case (.nothing, carriageReturn), (.padding, carriageReturn): .delimiter(.carriageReturn)
        case (.carriageReturn, lineFeed): .head
        default: throw .malformed("A boundary of the form is malformed.")
        }
    }

    private mutating func countPart() throws(FormRefusal) {
        partCount += 1
        guard partCount <= Self.partsMax else { throw .tooManyFields }
        head.removeAll(keepingCapacity: true)
    }

    private mutating func readHead(
        _ byte: UInt8, into sink: inout some MultipartSink
    ) throws(FormRefusal) {
        guard head.count < Self.partHeadBytesMax else {
            throw .malformed("The head of a part is too long.")
        }
        head.append(byte)
        guard byte == Self.lineFeed, head.count == 2 || head.suffix(4) == [13, 10, 13, 10],
            head.suffix(2) == [13, 10]
        else { return }
        let part = try head.withUnsafeBufferPointer { bytes throws(FormRefusal) in
            try PartHead(UnsafeRawBufferPointer(bytes))
        }
        try sink.beginPart(part.name, isFile: part.isFile)
        state = .content
    }
}

/// What the header fields of a part say (RFC 7578 section 4).
private struct PartHead {
    var name: [UInt8]
    var isFile: Bool

    /// - Parameter bytes: whole lines, the last of them empty.
    init(_ bytes: UnsafeRawBufferPointer) throws(FormRefusal) {
        var disposition: (name: [UInt8], isFile: Bool)?
        var start = 0
        while start < bytes.count {
            let end = bytes.index(of: UInt8(ascii: "\r"), from: start)
            guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\n") else {
                throw Self.malformed
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            start = end + 2
            let colon = line.index(of: UInt8(ascii: ":"), from: 0)
            let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
            guard colon < line.count else {
                if line.isEmpty { continue }
                throw Self.malformed
            }
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
            if name.isEqualIgnoringCase(to: "content-disposition") {
                guard disposition == nil else { throw Self.malformed }
                disposition = try Self.disposition(value)
            } else if name.isEqualIgnoringCase(to: "content-transfer-encoding") {
                try Self.requireIdentity(value)
            }
        }
        guard let disposition else { throw Self.malformed }
        (name, isFile) = disposition
    }

    private static func disposition(
        _ value: UnsafeRawBufferPointer
    ) throws(FormRefusal) -> (name: [UInt8], isFile: Bool) {
        let end = value.index(of: UInt8(ascii: ";"), from: 0)
        guard isWord(UnsafeRawBufferPointer(rebasing: value[..<end]), "form-data") else {
            throw malformed
        }
        var parameters = FieldParameters(value)
        var name: [UInt8]?
        var isFile = false
        while let parameter = parameters.next() {
            let (isName, isFileName) = parameter.name.withUnsafeBytes {
                ($0.isEqualIgnoringCase(to: "name"), $0.isEqualIgnoringCase(to: "filename"))
            }
            if isName {
                guard name == nil else { throw malformed }
                name = parameter.value
            }
            isFile = isFile || isFileName
        }
        guard let name, !parameters.isMalformed else { throw malformed }
        return (name, isFile)
    }

    /// RFC 7578 section 4.7: nobody should say it. What would have to be decoded is not read.
    private static func requireIdentity(_ value: UnsafeRawBufferPointer) throws(FormRefusal) {
        for name: StaticString in ["7bit", "8bit", "binary"] where isWord(value, name) { return }
        throw .malformed("A part of the form is encoded.")
    }

    /// Whether `text` is `word` with white space around it.
    private static func isWord(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        let spaces: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        guard let first = text.firstIndex(where: { !spaces.contains($0) }),
            let last = text.lastIndex(where: { !spaces.contains($0) })
        else { return false }
        return UnsafeRawBufferPointer(rebasing: text[first...last]).isEqualIgnoringCase(to: word)
    }

    private static let malformed = FormRefusal.malformed("A part of the form is malformed.")
}
