/// The tokens of one call while they are made: header, claims and signatures in one piece of memory.
///
/// Each token is begun with its encoded header, gets its claims, and is ended with room for its
/// signature; then `signingInputs` go to a `Signer`, and `encodeSignatures` completes the texts
/// (RFC 7515 section 7.1). Used again, it allocates nothing.
///
/// `@unchecked Sendable`: owned by one side at a time, the loop or the worker that signs for it.
package final class TokenBuffer: @unchecked Sendable {
    private struct Token {
        var start: Int
        /// Where the signing input ends; the dot before the signature stands there.
        var inputEnd: Int
        var end: Int
        var signatureLength: Int
    }

    /// Growing beyond this is given back after use, so that one large token does not stay in memory.
    private static let keptBytesMax = 32 * 1024
    private static let smallestBytes = 4096
    /// What the server's own claims of one token take at most, without the issuer.
    private static let ownClaimsBytesMax = 192
    private static let signatureBytesMax = 1024

    /// Whether the tokens have their signatures.
    package private(set) var areComplete = false

    private var memory: UnsafeMutableRawBufferPointer
    private var tokens: [Token] = []
    /// Where the texts end, and where the claims being written end.
    private var textEnd = 0
    private var claimsStart = 0
    private var claimsEnd = 0
    /// How many bytes of texts there is room for; the claims are written behind it.
    private var textBytesMax = 0
    private var claimsBytesMax = 0

    package init() {
        memory = .allocate(byteCount: Self.smallestBytes, alignment: 16)
    }

    /// Bytes that it holds on to.
    var capacity: Int { memory.count }

    deinit { memory.deallocate() }

    // MARK: Making

    /// Forgets earlier tokens and makes room.
    ///
    /// - Parameters:
    ///   - tokenCount: how many tokens will be made.
    ///   - headerBytes: the length of the longest encoded header.
    ///   - claimsBytes: the length of the longest claims, beside those given by `append(_:_:)`.
    package func reset(tokenCount: Int, headerBytes: Int, claimsBytes: Int) {
        tokens.removeAll(keepingCapacity: true)
        areComplete = false
        textEnd = 0
        let claimsMax = claimsBytes + Self.ownClaimsBytesMax
        textBytesMax =
            tokenCount
            * (headerBytes + Base64URL.encodedLength(claimsMax) + 2
                + Base64URL.encodedLength(Self.signatureBytesMax))
        let needed = textBytesMax + max(claimsMax, tokenCount * Self.signatureBytesMax)
        claimsBytesMax = claimsMax
        if needed > memory.count
            || (memory.count > Self.keptBytesMax && needed <= Self.keptBytesMax)
        {
            allocate(needed)
        }
    }

    /// Forgets the tokens, and gives back memory that only a large one needed.
    package func trim() {
        tokens.removeAll(keepingCapacity: true)
        areComplete = false
        if memory.count > Self.keptBytesMax { allocate(Self.smallestBytes) }
    }

    private func allocate(_ byteCount: Int) {
        memory.deallocate()
        memory = .allocate(byteCount: max(byteCount, Self.smallestBytes), alignment: 16)
    }

    /// Begins a token.
    ///
    /// - Parameter headerSegment: the encoded header and the dot, as `JWTHeader.segment` makes it.
    package func begin(headerSegment: [UInt8]) {
        tokens.append(Token(start: textEnd, inputEnd: 0, end: 0, signatureLength: 0))
        headerSegment.withUnsafeBytes { put($0, at: &textEnd) }
        claimsStart = textBytesMax
        claimsEnd = claimsStart
        put(UInt8(ascii: "{"))
    }

    /// Adds a claim with a number, such as a NumericDate.
    ///
    /// - Parameter name: in quotes and with the colon: `"iat":`.
    package func append(_ name: StaticString, _ number: Int64) {
        putComma()
        putLiteral(name)
        putDecimal(number)
    }

    /// Adds a claim with an identifier.
    ///
    /// - Parameter name: in quotes and with the colon: `"jid":`.
    package func append(_ name: StaticString, _ id: ULID) {
        putComma()
        putLiteral(name)
        put(UInt8(ascii: "\""))
        id.write(to: bytes + claimsEnd)
        claimsEnd += ULID.textLength
        put(UInt8(ascii: "\""))
    }

    /// Adds claims that are encoded already: `"name":value`, with commas between.
    package func append(members: [UInt8]) {
        guard !members.isEmpty else { return }
        putComma()
        members.withUnsafeBytes { put($0, at: &claimsEnd) }
    }

    /// Ends the claims of the token and leaves room for its signature.
    package func end(signatureLength: Int) {
        put(UInt8(ascii: "}"))
        let claims = UnsafeRawBufferPointer(rebasing: memory[claimsStart..<claimsEnd])
        // `reset` made room for what was announced; these hold the caller to it.
        precondition(claims.count <= claimsBytesMax, "more claims than announced")
        precondition(signatureLength <= Self.signatureBytesMax, "a signature without room")
        precondition(
            textEnd + Base64URL.encodedLength(claims.count) + 1
                + Base64URL.encodedLength(signatureLength) <= textBytesMax,
            "more tokens or longer headers than announced")
        Base64URL.encode(claims, into: bytes + textEnd)
        textEnd += Base64URL.encodedLength(claims.count)
        let last = tokens.count - 1
        tokens[last].inputEnd = textEnd
        tokens[last].signatureLength = signatureLength
        bytes[textEnd] = UInt8(ascii: ".")
        textEnd += 1 + Base64URL.encodedLength(signatureLength)
        tokens[last].end = textEnd
    }

    // MARK: Signing

    /// Appends what is to be signed, one input a token, to `inputs`. The pointers are valid until
    /// `reset`.
    package func appendSigningInputs(to inputs: inout [SigningInput]) {
        for index in tokens.indices { inputs.append(signingInput(index)) }
    }

    private func signingInput(_ index: Int) -> SigningInput {
        let token = tokens[index]
        return SigningInput(
            message: UnsafeRawBufferPointer(rebasing: memory[token.start..<token.inputEnd]),
            signature: signature(index))
    }

    /// Signs the tokens and completes their texts. Throws what `Signer.sign` does, and the tokens are
    /// not complete then.
    package func sign(with signer: Signer) throws(CryptoError) {
        let failure = withUnsafeTemporaryAllocation(
            of: SigningInput.self, capacity: tokens.count
        ) { inputs -> CryptoError? in
            for index in tokens.indices {
                inputs.initializeElement(at: index, to: signingInput(index))
            }
            do throws(CryptoError) {
                try signer.sign(UnsafeBufferPointer(inputs))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        encodeSignatures()
    }

    /// Completes the texts once the signatures are made.
    package func encodeSignatures() {
        for index in tokens.indices {
            let token = tokens[index]
            let raw = UnsafeRawBufferPointer(start: signature(index), count: token.signatureLength)
            Base64URL.encode(raw, into: bytes + token.inputEnd + 1)
        }
        areComplete = true
    }

    /// The raw signatures of all tokens, one after the other, once they are made.
    package var rawSignatures: [UInt8] {
        tokens.indices.flatMap { index in
            UnsafeRawBufferPointer(start: signature(index), count: tokens[index].signatureLength)
        }
    }

    /// Completes the texts with signatures that were made before.
    ///
    /// - Parameter signatures: what `rawSignatures` was.
    /// - Returns: false when they are of other lengths.
    package func setSignatures(_ signatures: [UInt8]) -> Bool {
        let lengths = tokens.map(\.signatureLength)
        guard signatures.count == lengths.reduce(0, +) else { return false }
        var start = 0
        for (index, length) in lengths.enumerated() {
            for offset in 0..<length {
                signature(index).storeBytes(
                    of: signatures[start + offset], toByteOffset: offset, as: UInt8.self)
            }
            start += length
        }
        encodeSignatures()
        return true
    }

    /// The text of a token. Valid while `body` runs.
    package func withText<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result)
        -> Result
    {
        let token = tokens[index]
        return body(UnsafeRawBufferPointer(rebasing: memory[token.start..<token.end]))
    }

    /// Where the raw signature of a token goes: behind the texts, where the claims were.
    private func signature(_ index: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bytes + textBytesMax + index * Self.signatureBytesMax)
    }

    // MARK: Bytes

    private var bytes: UnsafeMutablePointer<UInt8> {
        guard let base = memory.baseAddress else { preconditionFailure("memory is never empty") }
        return base.assumingMemoryBound(to: UInt8.self)
    }

    private func put(_ source: UnsafeRawBufferPointer, at offset: inout Int) {
        // `reset` made room for all that a caller announced; this holds the caller to it.
        precondition(source.count <= memory.count &- offset, "more claims than announced")
        guard let start = source.baseAddress else { return }
        UnsafeMutableRawPointer(bytes + offset).copyMemory(from: start, byteCount: source.count)
        offset &+= source.count
    }

    private func put(_ byte: UInt8) {
        bytes[claimsEnd] = byte
        claimsEnd += 1
    }

    private func putComma() {
        if claimsEnd > claimsStart + 1 { put(UInt8(ascii: ",")) }
    }

    private func putLiteral(_ text: StaticString) {
        put(
            UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount),
            at: &claimsEnd)
    }

    private func putDecimal(_ number: Int64) {
        // A NumericDate has ten digits until the year 2286.
        guard 1_000_000_000..<10_000_000_000 ~= number else { return putLongDecimal(number) }
        let (high, low) = UInt64(number).quotientAndRemainder(dividingBy: 100_000_000)
        precondition(10 <= memory.count &- claimsEnd, "more claims than announced")
        put(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: high / 10))
        put(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: high % 10))
        UnsafeMutableRawPointer(bytes + claimsEnd).storeBytes(
            of: Self.eightDigits(low).littleEndian, as: UInt64.self)
        claimsEnd &+= 8
    }

    /// The digits of a number below 10^8, the first in the lowest byte: halves, then quarters, then
    /// digits, each step for all of them at once by a multiplication with the reciprocal.
    private static func eightDigits(_ number: UInt64) -> UInt64 {
        let halves = number / 10_000 | (number % 10_000) << 32
        let hundreds = ((halves &* 5_243) >> 19) & 0x0000_007F_0000_007F
        let quarters = hundreds | (halves &- hundreds &* 100) << 16
        let tens = ((quarters &* 103) >> 10) & 0x000F_000F_000F_000F
        let digits = tens | (quarters &- tens &* 10) << 8
        return digits | 0x3030_3030_3030_3030
    }

    private func putLongDecimal(_ number: Int64) {
        if number < 0 { put(UInt8(ascii: "-")) }
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var start = digits.count
        var rest = number.magnitude
        repeat {
            start -= 1
            digits[start] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        digits.span.withUnsafeBytes {
            put(UnsafeRawBufferPointer(rebasing: $0[start...]), at: &claimsEnd)
        }
    }
}
