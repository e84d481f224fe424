internal import COpenSSL

/// An owned `BIGNUM`, wiped when it is freed because most of them are parts of private keys.
struct BigNumber: ~Copyable {
    let raw: OpaquePointer

    /// Zero.
    init() throws(CryptoError) {
        raw = try check(BN_new(), .internalFailure)
    }

    /// The same number as another.
    init(copying number: OpaquePointer) throws(CryptoError) {
        raw = try check(BN_dup(number), .internalFailure)
    }

    /// The unsigned number of big-endian `bytes`.
    init(_ bytes: [UInt8]) throws(CryptoError) {
        raw = try check(BN_bin2bn(bytes, Int32(bytes.count), nil), .internalFailure)
    }

    /// The parameter `name` of an `EVP_PKEY`.
    init(_ name: String, of key: OpaquePointer) throws(CryptoError) {
        var number: OpaquePointer?
        try check(EVP_PKEY_get_bn_param(key, name, &number), .internalFailure)
        raw = try check(number, .internalFailure)
    }

    deinit { BN_clear_free(raw) }

    /// Becomes the unsigned number of big-endian `bytes`, in the memory that it has.
    borrowing func assign(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        let result = BN_bin2bn(start, Int32(bytes.count), raw)
        guard result != nil else { throw .last(.internalFailure) }
    }

    /// Becomes zero, and the memory too.
    borrowing func wipe() { BN_clear(raw) }

    /// The number as big-endian bytes: `length` of them if it fits, or as few as it takes.
    borrowing func bytes(length: Int? = nil) -> [UInt8] {
        let least = Int(BN_num_bits(raw) + 7) / 8
        let length = max(least, length ?? least)
        var bytes = [UInt8](repeating: 0, count: length)
        BN_bn2binpad(raw, &bytes, Int32(length))
        return bytes
    }

    /// The remainder of a division by a small number.
    borrowing func remainder(_ divisor: UInt) -> UInt { BN_mod_word(raw, divisor) }
}
