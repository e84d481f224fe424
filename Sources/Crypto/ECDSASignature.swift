/// The two forms of an ECDSA signature: r and s side by side, as JOSE wants it (RFC 7518 section 3.4),
/// and the DER SEQUENCE of two INTEGERs that OpenSSL works with.
struct ECDSASignature {
    /// Bytes of r, and of s.
    let coordinateLength: Int

    /// Bytes of the longest DER signature, that of P-521: two integers of 66 bytes with their heads.
    static let derLengthMax = 3 + 2 * (2 + 67)

    private static let sequenceTag: UInt8 = 0x30
    private static let integerTag: UInt8 = 0x02

    /// Writes r and s of a DER signature to `raw`, which has room for two coordinates. false when
    /// `der` is not such a signature, which OpenSSL never makes.
    func decode(_ der: UnsafeRawBufferPointer, into raw: UnsafeMutableRawPointer) -> Bool {
        // Lengths are below 128, or one more byte behind 0x81 in P-521's sequence.
        guard der.count >= 8, der[0] == Self.sequenceTag else { return false }
        var offset = der[1] == 0x81 ? 3 : 2
        guard Int(der[offset - 1]) == der.count - offset else { return false }
        for target in [0, coordinateLength] {
            guard offset + 2 <= der.count, der[offset] == Self.integerTag else { return false }
            let end = offset + 2 + Int(der[offset + 1])
            guard end <= der.count else { return false }
            var start = offset + 2
            while start < end, der[start] == 0 { start += 1 }
            let padding = coordinateLength - (end - start)
            guard padding >= 0 else { return false }
            let coordinate = UnsafeMutableRawBufferPointer(
                start: raw + target, count: coordinateLength)
            for index in 0..<padding { coordinate[index] = 0 }
            for index in start..<end { coordinate[padding + index - start] = der[index] }
            offset = end
        }
        return offset == der.count
    }

    /// Writes the DER form of `raw`, two coordinates, to `der`, which has room for `derLengthMax`
    /// bytes, and returns its length.
    func encode(_ raw: UnsafeRawBufferPointer, into der: UnsafeMutablePointer<UInt8>) -> Int {
        precondition(raw.count == 2 * coordinateLength)
        // The integers go behind the longest head; the sequence's head is put right before them.
        let bodyStart = 3
        var end = bodyStart
        for source in [0, coordinateLength] {
            var start = source
            while start < source + coordinateLength - 1, raw[start] == 0 { start += 1 }
            let count = source + coordinateLength - start
            let needsSignByte = raw[start] & 0x80 != 0
            der[end] = Self.integerTag
            der[end + 1] = UInt8(count + (needsSignByte ? 1 : 0))
            end += 2
            if needsSignByte {
                der[end] = 0
                end += 1
            }
            for index in 0..<count { der[end + index] = raw[start + index] }
            end += count
        }
        let bodyLength = end - bodyStart
        der[0] = Self.sequenceTag
        guard bodyLength < 128 else {
            der[1] = 0x81
            der[2] = UInt8(bodyLength)
            return end
        }
        der[1] = UInt8(bodyLength)
        for index in 0..<bodyLength { der[2 + index] = der[bodyStart + index] }
        return 2 + bodyLength
    }
}
