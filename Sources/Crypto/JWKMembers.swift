internal import COpenSSL
internal import SignetJSON

/// The members of a JWK while it is being read. Valid as long as the bytes are.
struct JWKMembers {
    private let bytes: UnsafeRawBufferPointer
    private let members: [JSONMember]

    /// Scans one JSON object, whose names are unique.
    init(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(CryptoError) {
        var scanner = JSONScanner()
        guard let top = try? scanner.scan(range, of: bytes), top.kind == .object else {
            throw CryptoError(.malformed)
        }
        self.bytes = bytes
        members = scanner.members
    }

    /// Whether there is a member of this name.
    func has(_ name: StaticString) -> Bool { value(name) != nil }

    /// The string of a member; nil when there is none.
    func text(_ name: StaticString) throws(CryptoError) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        guard value.kind == .string else { throw CryptoError(.malformed) }
        return value.string(in: bytes)
    }

    /// The bytes of a base64url member, which must be there.
    func octets(_ name: StaticString) throws(CryptoError) -> [UInt8] {
        guard let text = try text(name), let octets = Base64URL.decode(text) else {
            throw CryptoError(.malformed)
        }
        return octets
    }

    /// The `alg`, if there is one; another than ours is not supported.
    func algorithm() throws(CryptoError) -> Algorithm? {
        guard let text = try text("alg") else { return nil }
        guard let algorithm = Algorithm(name: String(decoding: text, as: UTF8.self)) else {
            throw CryptoError(.unsupportedKey)
        }
        return algorithm
    }

    /// The kind of key by `kty` and `crv`; nil for an HMAC secret.
    func form() throws(CryptoError) -> KeyForm? {
        guard let type = value("kty"), type.kind == .string else { throw CryptoError(.malformed) }
        if type.equals("oct", in: bytes) { return nil }
        if type.equals("RSA", in: bytes) { return .rsa }
        guard type.equals("EC", in: bytes) || type.equals("OKP", in: bytes) else {
            throw CryptoError(.unsupportedKey)
        }
        guard let curve = value("crv"), curve.kind == .string else { throw CryptoError(.malformed) }
        for form in [KeyForm.p256, .p384, .p521, .ed25519] {
            guard let name = form.jwkCurve, curve.equals(name, in: bytes) else { continue }
            if type.equals(form.jwkType, in: bytes) { return form }
        }
        throw CryptoError(.unsupportedKey)
    }

    /// Refuses keys that are marked for something else (RFC 7517 sections 4.2 and 4.3).
    func requireSignatureUse() throws(CryptoError) {
        if let use = value("use"), !use.equals("sig", in: bytes) {
            throw CryptoError(.unsupportedKey)
        }
        guard let operations = value("key_ops") else { return }
        var scanner = JSONScanner()
        guard operations.kind == .array, (try? scanner.scan(operations.range, of: bytes)) != nil
        else { throw CryptoError(.malformed) }
        let isForSignatures = scanner.elements.contains { operation in
            operation.equals("sign", in: bytes) || operation.equals("verify", in: bytes)
        }
        guard isForSignatures else { throw CryptoError(.unsupportedKey) }
    }

    /// The public key that the members spell out, not validated yet.
    func publicKey(_ form: KeyForm) throws(CryptoError) -> PKey {
        if form == .ed25519 {
            let x = try coordinate("x", form)
            let key = EVP_PKEY_new_raw_public_key_ex(nil, form.openSSLName, nil, x, x.count)
            return try PKey(adopting: key, .malformed)
        }
        return try publicParameters(form).makeKey(form, isPrivate: false)
    }

    /// The private key that the members spell out, not validated yet. Its public part must be there.
    func privateKey(_ form: KeyForm) throws(CryptoError) -> PKey {
        switch form {
        case .rsa: return try rsaPrivateKey()
        case .ed25519: return try ed25519PrivateKey()
        case .p256, .p384, .p521:
            let parameters = try publicParameters(form)
            try parameters.add(OSSL_PKEY_PARAM_PRIV_KEY, number: try coordinate("d", form))
            return try parameters.makeKey(form, isPrivate: true)
        }
    }

    private func publicParameters(_ form: KeyForm) throws(CryptoError) -> KeyParameters {
        let parameters = try KeyParameters()
        guard let group = form.groupName else {
            try parameters.add(OSSL_PKEY_PARAM_RSA_N, number: try number("n"))
            try parameters.add(OSSL_PKEY_PARAM_RSA_E, number: try number("e"))
            return parameters
        }
        try parameters.add(OSSL_PKEY_PARAM_GROUP_NAME, text: group)
        // An uncompressed point (SEC 1 section 2.3.3).
        let point = [0x04] + (try coordinate("x", form)) + (try coordinate("y", form))
        try parameters.add(OSSL_PKEY_PARAM_PUB_KEY, octets: point)
        return parameters
    }

    /// An RSA key with its primes; two of them, because keys of more are not used (RFC 8017).
    private func rsaPrivateKey() throws(CryptoError) -> PKey {
        guard !has("oth") else { throw CryptoError(.unsupportedKey) }
        let parameters = try publicParameters(.rsa)
        for part in RSAPrivateNumber.all {
            try parameters.add(part.openSSLName, number: try number(part.jwkName))
        }
        return try parameters.makeKey(.rsa, isPrivate: true)
    }

    private func ed25519PrivateKey() throws(CryptoError) -> PKey {
        let form = KeyForm.ed25519
        let d = try coordinate("d", form)
        let raw = EVP_PKEY_new_raw_private_key_ex(nil, form.openSSLName, nil, d, d.count)
        let key = try PKey(adopting: raw, .malformed)
        // OpenSSL derives the public key, so that only this comparison sees a wrong one.
        guard try key.rawPublicKey() == coordinate("x", form) else {
            throw CryptoError(.inconsistentKey)
        }
        return key
    }

    /// A number of fixed length (RFC 7518 sections 6.2.1.2 and 6.2.2.1, RFC 8037 section 2).
    private func coordinate(_ name: StaticString, _ form: KeyForm) throws(CryptoError) -> [UInt8] {
        let octets = try octets(name)
        guard octets.count == form.coordinateLength else { throw CryptoError(.malformed) }
        return octets
    }

    /// A number in as few bytes as it takes (RFC 7518 section 2, Base64urlUInt).
    private func number(_ name: StaticString) throws(CryptoError) -> [UInt8] {
        let octets = try octets(name)
        guard let first = octets.first, first != 0 else { throw CryptoError(.malformed) }
        return octets
    }

    private func value(_ name: StaticString) -> JSONValue? {
        members.first { $0.name.equals(name, in: bytes) }?.value
    }
}
