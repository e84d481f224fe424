internal import COpenSSL
internal import SignetJSON

extension PublicKey {
    /// The JWK of this key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2): its numbers, then `kid`
    /// and `alg` if given, and `use`.
    package func jwk(
        keyID: [UInt8]? = nil, algorithm: Algorithm? = nil
    ) throws(CryptoError) -> [UInt8] {
        let key = try makePKey()
        var writer = JWKWriter(type: form.jwkType)
        try writer.write(publicPartOf: key, form)
        return writer.finish(keyID: keyID, algorithm: algorithm)
    }
}

extension PrivateKey {
    /// The JWK of this key with all its secrets, for export and nothing else.
    package func jwk(keyID: [UInt8]? = nil) throws(CryptoError) -> [UInt8] {
        guard let form = publicKey?.form else {
            var writer = JWKWriter(type: "oct")
            writer.write("k", octets: encoded)
            return writer.finish(keyID: keyID, algorithm: algorithm)
        }
        let key = try makePKey()
        var writer = JWKWriter(type: form.jwkType)
        try writer.write(publicPartOf: key, form)
        try writer.write(privatePartOf: key, form)
        return writer.finish(keyID: keyID, algorithm: algorithm)
    }
}

/// A JWK while it is being written.
private struct JWKWriter {
    private var json: [UInt8] = []

    init(type: StaticString) {
        json.append(literal: "{\"kty\":\"")
        json.append(literal: type)
        json.append(UInt8(ascii: "\""))
    }

    mutating func write(publicPartOf key: borrowing PKey, _ form: KeyForm) throws(CryptoError) {
        if let curve = form.jwkCurve { write("crv", text: curve) }
        switch form {
        case .rsa:
            write("n", octets: try key.number(OSSL_PKEY_PARAM_RSA_N))
            write("e", octets: try key.number(OSSL_PKEY_PARAM_RSA_E))
        case .ed25519:
            write("x", octets: try key.rawPublicKey())
        case .p256, .p384, .p521:
            let length = form.coordinateLength
            write("x", octets: try key.number(OSSL_PKEY_PARAM_EC_PUB_X, length: length))
            write("y", octets: try key.number(OSSL_PKEY_PARAM_EC_PUB_Y, length: length))
        }
    }

    mutating func write(privatePartOf key: borrowing PKey, _ form: KeyForm) throws(CryptoError) {
        switch form {
        case .rsa:
            for part in RSAPrivateNumber.all {
                write(part.jwkName, octets: try key.number(part.openSSLName))
            }
        case .ed25519:
            write("d", octets: try key.rawPrivateKey())
        case .p256, .p384, .p521:
            let length = form.coordinateLength
            write("d", octets: try key.number(OSSL_PKEY_PARAM_PRIV_KEY, length: length))
        }
    }

    mutating func write(_ name: StaticString, octets: [UInt8]) {
        begin(name)
        json.append(jsonString: Base64URL.encode(octets))
    }

    mutating func write(_ name: StaticString, text: StaticString) {
        begin(name)
        json.append(UInt8(ascii: "\""))
        json.append(literal: text)
        json.append(UInt8(ascii: "\""))
    }

    consuming func finish(keyID: [UInt8]?, algorithm: Algorithm?) -> [UInt8] {
        if let keyID {
            begin("kid")
            json.append(jsonString: keyID)
        }
        write("use", text: "sig")
        if let algorithm { write("alg", text: algorithm.staticName) }
        json.append(UInt8(ascii: "}"))
        return json
    }

    private mutating func begin(_ name: StaticString) {
        json.append(literal: ",\"")
        json.append(literal: name)
        json.append(literal: "\":")
    }
}
