internal import COpenSSL

/// The numbers of a key on their way into OpenSSL. Owns copies of all that is added, because the
/// builder keeps addresses until the key is made, and wipes them.
final class KeyParameters {
    private let builder: OpaquePointer
    private var numbers: [OpaquePointer] = []
    private var values: [UnsafeMutableRawBufferPointer] = []

    init() throws(CryptoError) {
        builder = try check(OSSL_PARAM_BLD_new(), .internalFailure)
    }

    deinit {
        OSSL_PARAM_BLD_free(builder)
        for number in numbers { BN_clear_free(number) }
        for value in values {
            OPENSSL_cleanse(value.baseAddress, value.count)
            value.deallocate()
        }
    }

    /// Adds the unsigned number of big-endian `bytes`.
    func add(_ name: String, number bytes: [UInt8]) throws(CryptoError) {
        let number = try check(BN_bin2bn(bytes, Int32(bytes.count), nil), .internalFailure)
        numbers.append(number)
        try check(OSSL_PARAM_BLD_push_BN(builder, keep(name), number), .internalFailure)
    }

    /// Adds a byte string.
    func add(_ name: String, octets bytes: [UInt8]) throws(CryptoError) {
        let value = keep(bytes)
        let status = OSSL_PARAM_BLD_push_octet_string(
            builder, keep(name), value.baseAddress, value.count)
        try check(status, .internalFailure)
    }

    /// Adds a text.
    func add(_ name: String, text: String) throws(CryptoError) {
        let value = keep(Array(text.utf8))
        let start = value.assumingMemoryBound(to: CChar.self).baseAddress
        let status = OSSL_PARAM_BLD_push_utf8_string(
            builder, keep(name), start, value.count)
        try check(status, .internalFailure)
    }

    /// Makes the key. Throws `inconsistentKey` when OpenSSL sees that it cannot be one, such as a
    /// point that is not on its curve.
    func makeKey(_ form: KeyForm, isPrivate: Bool) throws(CryptoError) -> PKey {
        guard let parameters = OSSL_PARAM_BLD_to_param(builder) else {
            throw .last(.internalFailure)
        }
        defer { OSSL_PARAM_free(parameters) }
        let context = try PKeyContext(name: form.openSSLName)
        try check(EVP_PKEY_fromdata_init(context.raw), .internalFailure)
        let selection = isPrivate ? signetSelectKeyPair : signetSelectPublicKey
        var key: OpaquePointer?
        let status = withExtendedLifetime(self) {
            EVP_PKEY_fromdata(context.raw, &key, selection, parameters)
        }
        try check(status, .inconsistentKey)
        return try PKey(adopting: key, .inconsistentKey)
    }

    /// The name as a C string: the finished parameters point to it, too.
    private func keep(_ name: String) -> UnsafePointer<CChar>? {
        UnsafePointer(keep(Array(name.utf8) + [0]).assumingMemoryBound(to: CChar.self).baseAddress)
    }

    private func keep(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let value = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        value.copyBytes(from: bytes)
        values.append(value)
        return value
    }
}
