@testable import SignetCrypto

/// JWK and JWK Sets: a key that is taken, written and read again, is the same key; a set hands out no more
/// than it has, and no secret among public keys.
enum JWKProperties {
    static func check(_ input: UnsafeRawBufferPointer) throws {
        let json = Array(input)
        if let key = try? JWK(json) { try checkKey(key) }
        guard let set = try? JWKSet(json) else { return }
        var secrets = 0
        for key in set.keys {
            try checkKey(key)
            if case .privateKey = key.material { secrets += 1 }
            if let id = key.keyID {
                try require(set.keys.count { $0.keyID == id } == 1, "an id is there twice")
            }
        }
        try require(secrets == 0 || secrets == set.keys.count, "secrets among public keys")
    }

    private static func checkKey(_ key: JWK) throws {
        switch key.material {
        case .publicKey(let publicKey):
            let written = try publicKey.jwk(keyID: key.keyID, algorithm: key.algorithm)
            let again: JWK
            do throws(CryptoError) {
                again = try JWK(written)
            } catch {
                // OpenSSL looks for factors of an RSA modulus with random bases: a number that is none
                // may be found out the second time only.
                guard error.reason == .inconsistentKey, publicKey.form == .rsa else { throw error }
                return
            }
            guard case .publicKey(let same) = again.material else {
                throw Violation("a public key became a secret one")
            }
            try require(same == publicKey, "another key")
            try require(
                again.keyID == key.keyID && again.algorithm == key.algorithm, "other members")
        case .privateKey(let privateKey):
            let again = try JWK(try privateKey.jwk(keyID: key.keyID))
            guard case .privateKey(let same) = again.material else {
                throw Violation("a secret key became a public one")
            }
            try require(
                same.encoded == privateKey.encoded && same.algorithm == privateKey.algorithm,
                "another key")
        }
    }
}
