/// Joins the chunks of a chunked body (RFC 9112 section 7.1), byte by byte where there is grammar
/// and in one piece where there is data. Extensions and trailers are checked and dropped.
struct ChunkedDecoder {
    private enum State {
        case size
        case extensionName, extensionValueStart, extensionValue
        case quotedValue, quotedPair, afterQuotedValue
        case sizeLineFeed
        case data, dataCarriageReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed
    }

    /// Bytes of all chunk extensions of a body together (RFC 9112 section 7.1.1 asks for a limit).
    static let extensionBytesMax = 1024
    /// Digits of a chunk size: sixteen say any 64-bit number, and more could only be zeros.
    static let sizeDigitsMax = 16

    private let limits: HTTPLimits
    private var state = State.size
    /// Bytes of the chunk that are yet to come.
    private var size = 0
    private var isLastChunk = false
    /// Bytes of the size, name or extension read so far: nothing may be empty.
    private var partCount = 0
    private var bodyCount = 0
    private var extensionCount = 0
    private var trailerCount = 0
    private var trailerFields = 0
    /// The start of the current trailer's name, in small letters; its length is in `partCount`.
    private var trailerName = InlineArray<17, UInt8>(repeating: 0)

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Reads `input` from `offset` on, appending data to `body`. Returns true when the body has
    /// ended, with `offset` after it; false when all input is used up.
    mutating func decode(
        _ input: UnsafeRawBufferPointer, from offset: inout Int, into body: inout [UInt8]
    ) throws(HTTPRefusal) -> Bool {
        while offset < input.count {
            if state == .data {
                let end = offset + min(size, input.count - offset)
                body.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[offset..<end]))
                size -= end - offset
                offset = end
                if size == 0 { state = .dataCarriageReturn }
                continue
            }
            let byte = input[offset]
            offset += 1
            switch state {
            case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed:
                try readTrailer(byte)
            case .endLineFeed:
                guard byte == ASCII.lineFeed else { throw HTTPRefusal(.malformedTrailer) }
                return true
            default:
                try readSizeLine(byte)
            }
        }
        return false
    }

    private mutating func readSizeLine(_ byte: UInt8) throws(HTTPRefusal) {
        switch state {
        case .size: try readSize(byte)
        case .sizeLineFeed:
            guard byte == ASCII.lineFeed else { throw HTTPRefusal(.malformedChunk) }
            isLastChunk = size == 0
            state = isLastChunk ? .trailerStart : .data
        case .dataCarriageReturn:
            guard byte == ASCII.carriageReturn else { throw HTTPRefusal(.malformedChunk) }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lineFeed else { throw HTTPRefusal(.malformedChunk) }
            partCount = 0
            state = .size
        default: try readExtension(byte)
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(HTTPRefusal) {
        if let digit = ASCII.hexValue(byte) {
            partCount += 1
            guard partCount <= Self.sizeDigitsMax else { throw HTTPRefusal(.malformedChunk) }
            // Never above the limit, so the next digit cannot overflow it.
            size = size << 4 | Int(digit)
            guard size <= limits.bodyBytesMax - bodyCount else { throw HTTPRefusal(.bodyTooLong) }
            return
        }
        guard partCount > 0 else { throw HTTPRefusal(.malformedChunk) }
        try endPart(byte)
        bodyCount += size
    }

    /// What follows a size or an extension: another extension or the end of the line. No white
    /// space is tolerated, as no client sends it and attackers do.
    private mutating func endPart(_ byte: UInt8) throws(HTTPRefusal) {
        switch byte {
        case ASCII.carriageReturn: state = .sizeLineFeed
        case ASCII.semicolon: state = .extensionName
        default: throw HTTPRefusal(.malformedChunk)
        }
        partCount = 0
    }

    private mutating func readExtension(_ byte: UInt8) throws(HTTPRefusal) {
        extensionCount += 1
        guard extensionCount <= Self.extensionBytesMax else { throw HTTPRefusal(.malformedChunk) }
        switch state {
        case .extensionName where byte == ASCII.equals && partCount > 0:
            state = .extensionValueStart
            partCount = 0
        case .extensionValueStart where byte == ASCII.quote: state = .quotedValue
        case .extensionName where ASCII.isToken(byte):
            partCount += 1
        case .extensionValueStart where ASCII.isToken(byte),
            .extensionValue where ASCII.isToken(byte):
            state = .extensionValue
            partCount += 1
        case .extensionName where partCount > 0, .extensionValue, .afterQuotedValue:
            try endPart(byte)
        case .quotedValue where byte == ASCII.quote: state = .afterQuotedValue
        case .quotedValue where byte == ASCII.backslash: state = .quotedPair
        case .quotedValue where !ASCII.isControl(byte): break
        case .quotedPair where !ASCII.isControl(byte): state = .quotedValue
        default: throw HTTPRefusal(.malformedChunk)
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(HTTPRefusal) {
        trailerCount += 1
        guard trailerCount <= limits.headBytesMax else { throw HTTPRefusal(.trailersTooLong) }
        switch state {
        case .trailerStart where byte == ASCII.carriageReturn: state = .endLineFeed
        case .trailerStart where ASCII.isToken(byte):
            trailerFields += 1
            guard trailerFields <= limits.headerFieldsMax else { throw HTTPRefusal(.tooManyFields) }
            state = .trailerName
            partCount = 0
            addToTrailerName(byte)
        case .trailerName where byte == ASCII.colon && !trailerIsAboutFraming:
            state = .trailerValue
        case .trailerName where ASCII.isToken(byte): addToTrailerName(byte)
        case .trailerValue where byte == ASCII.carriageReturn: state = .trailerLineFeed
        case .trailerValue where !ASCII.isControl(byte): break
        case .trailerLineFeed where byte == ASCII.lineFeed: state = .trailerStart
        default: throw HTTPRefusal(.malformedTrailer)
        }
    }

    private mutating func addToTrailerName(_ byte: UInt8) {
        if partCount < trailerName.count { trailerName[partCount] = ASCII.lowercased(byte) }
        partCount += 1
    }

    /// Whether the trailer is one that a less careful reader could take for a part of the head, and
    /// so see another end of the message (RFC 9110 section 6.5.1 forbids to send those).
    private var trailerIsAboutFraming: Bool {
        guard partCount <= trailerName.count else { return false }
        let name = trailerName.span
        return name.matches("content-length", in: 0..<partCount)
            || name.matches("transfer-encoding", in: 0..<partCount)
            || name.matches("connection", in: 0..<partCount)
    }
}
