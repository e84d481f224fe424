internal import COpenSSL

/// An owned `EVP_PKEY`: an asymmetric key that OpenSSL can work with. Freed exactly once.
struct PKey: ~Copyable {
    let raw: OpaquePointer

    /// Takes over a key that OpenSSL just made; null is the failure `reason`.
    init(adopting raw: OpaquePointer?, _ reason: CryptoError.Reason) throws(CryptoError) {
        self.raw = try check(raw, reason)
        // What its decoders tried in vain stays in the queue even of a call that succeeds.
        ERR_clear_error()
    }

    deinit { EVP_PKEY_free(raw) }

    /// Reads a DER private key; bytes after it are refused.
    init(privateDER der: UnsafeRawBufferPointer) throws(CryptoError) {
        var cursor = der.assumingMemoryBound(to: UInt8.self).baseAddress
        let key = d2i_AutoPrivateKey(nil, &cursor, der.count)
        try self.init(adopting: Self.whole(key, end: cursor, of: der), .malformed)
    }

    /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1); bytes after it are refused.
    init(publicDER der: UnsafeRawBufferPointer) throws(CryptoError) {
        var cursor = der.assumingMemoryBound(to: UInt8.self).baseAddress
        let key = d2i_PUBKEY(nil, &cursor, der.count)
        try self.init(adopting: Self.whole(key, end: cursor, of: der), .malformed)
    }

    /// Reads an unencrypted PEM private key: PKCS#8, PKCS#1 or SEC 1.
    init(privatePEM pem: UnsafeRawBufferPointer) throws(CryptoError) {
        let source = try MemorySource(pem)
        // The callback says that there is no password, where OpenSSL's own asks at the terminal.
        let key = PEM_read_bio_PrivateKey(source.raw, nil, { _, _, _, _ in -1 }, nil)
        try self.init(adopting: key, .malformed)
    }

    /// Reads a PEM `PUBLIC KEY`.
    init(publicPEM pem: UnsafeRawBufferPointer) throws(CryptoError) {
        let source = try MemorySource(pem)
        let key = PEM_read_bio_PUBKEY(source.raw, nil, { _, _, _, _ in -1 }, nil)
        try self.init(adopting: key, .malformed)
    }

    /// Makes a new key of `form`; `rsaBits` counts for RSA only.
    init(generating form: KeyForm, rsaBits: Int) throws(CryptoError) {
        let context = try PKeyContext(name: form.openSSLName)
        try check(EVP_PKEY_keygen_init(context.raw), .generationFailed)
        if form == .rsa {
            let status = EVP_PKEY_CTX_set_rsa_keygen_bits(context.raw, Int32(rsaBits))
            try check(status, .generationFailed)
        }
        if let group = form.groupName {
            try check(EVP_PKEY_CTX_set_group_name(context.raw, group), .generationFailed)
        }
        var key: OpaquePointer?
        try check(EVP_PKEY_generate(context.raw, &key), .generationFailed)
        try self.init(adopting: key, .generationFailed)
    }

    /// `key` if its encoding took all of `der`; otherwise the key is freed.
    private static func whole(
        _ key: OpaquePointer?, end: UnsafePointer<UInt8>?, of der: UnsafeRawBufferPointer
    ) -> OpaquePointer? {
        let isWhole = end.map { UnsafeRawPointer($0) == der.baseAddress.map { $0 + der.count } }
        if isWhole == true { return key }
        EVP_PKEY_free(key)
        return nil
    }

    /// The PKCS#8 form of a private key (RFC 5958).
    borrowing func pkcs8() throws(CryptoError) -> SecretBytes {
        let info = EVP_PKEY2PKCS8(raw)
        guard let info else { throw .last(.internalFailure) }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let length = Int(i2d_PKCS8_PRIV_KEY_INFO(info, nil))
        guard length > 0 else { throw .last(.internalFailure) }
        return SecretBytes(capacity: length) { target in
            var cursor = target.assumingMemoryBound(to: UInt8.self).baseAddress
            return Int(i2d_PKCS8_PRIV_KEY_INFO(info, &cursor))
        }
    }

    /// The DER SubjectPublicKeyInfo, with EC points uncompressed, so that a key has one encoding.
    borrowing func publicDER(_ form: KeyForm) throws(CryptoError) -> [UInt8] {
        if form.groupName != nil {
            let status = EVP_PKEY_set_utf8_string_param(
                raw, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
            try check(status, .internalFailure)
        }
        let length = Int(i2d_PUBKEY(raw, nil))
        guard length > 0 else { throw .last(.internalFailure) }
        return [UInt8](unsafeUninitializedCapacity: length) { output, count in
            var cursor = output.baseAddress
            count = max(0, Int(i2d_PUBKEY(raw, &cursor)))
        }
    }

    /// A number of the key, as unsigned big-endian bytes: `length` of them, or as few as it takes.
    borrowing func number(_ name: String, length: Int? = nil) throws(CryptoError) -> [UInt8] {
        let number = try BigNumber(name, of: raw)
        return number.bytes(length: length)
    }

    /// The 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.5).
    borrowing func rawPublicKey() throws(CryptoError) -> [UInt8] {
        var length = KeyForm.ed25519.coordinateLength
        var bytes = [UInt8](repeating: 0, count: length)
        try check(EVP_PKEY_get_raw_public_key(raw, &bytes, &length), .internalFailure)
        return bytes
    }

    /// The 32 bytes of an Ed25519 private key (RFC 8032 section 5.1.5).
    borrowing func rawPrivateKey() throws(CryptoError) -> [UInt8] {
        var length = KeyForm.ed25519.coordinateLength
        var bytes = [UInt8](repeating: 0, count: length)
        try check(EVP_PKEY_get_raw_private_key(raw, &bytes, &length), .internalFailure)
        return bytes
    }
}

extension KeyForm {
    /// What OpenSSL's providers call the key type.
    var openSSLName: String {
        switch self {
        case .rsa: "RSA"
        case .p256, .p384, .p521: "EC"
        case .ed25519: "ED25519"
        }
    }
}

/// An owned `EVP_PKEY_CTX`.
struct PKeyContext: ~Copyable {
    let raw: OpaquePointer

    /// A context to make or build keys of a type.
    init(name: String) throws(CryptoError) {
        raw = try check(EVP_PKEY_CTX_new_from_name(nil, name, nil), .internalFailure)
    }

    /// A context to use `key`, which it keeps alive by itself.
    init(_ key: borrowing PKey) throws(CryptoError) {
        raw = try check(EVP_PKEY_CTX_new_from_pkey(nil, key.raw, nil), .internalFailure)
    }

    deinit { EVP_PKEY_CTX_free(raw) }
}

/// An owned read-only `BIO` over bytes that outlive it.
struct MemorySource: ~Copyable {
    let raw: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        guard let start = bytes.baseAddress, let count = Int32(exactly: bytes.count) else {
            throw CryptoError(.malformed)
        }
        raw = try check(BIO_new_mem_buf(start, count), .internalFailure)
    }

    deinit { BIO_free(raw) }
}
