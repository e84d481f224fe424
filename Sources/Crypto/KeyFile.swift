/// A private key or an HMAC secret as its owner keeps it in a file: an unencrypted PEM (PKCS#8, PKCS#1
/// or SEC 1), a JWK, or a JWK Set with one key that fits.
package struct KeyFile: Sendable {
    /// Why a file holds no key that can be used. No text has anything of the file in it.
    package enum Problem: Error, Equatable, Sendable {
        /// Neither PEM nor JSON.
        case notAKey
        /// A PEM with a password.
        case encrypted
        /// It can verify, but not sign.
        case publicOnly
        /// A PEM or a pair of keys for an algorithm of shared secrets, or the other way round.
        case otherKind
        /// No key of the set is for the algorithm, or several are.
        case noneInSet
        case severalInSet
        /// A key that may not be used, or not for the algorithm.
        case unusable(CryptoError.Reason)
    }

    /// The key.
    package let key: PrivateKey
    /// Its `kid`, if it has one; a PEM has none.
    package let keyID: [UInt8]?

    /// Reads a file of `bytes` for `algorithm`.
    package init(_ bytes: [UInt8], for algorithm: Algorithm) throws(Problem) {
        let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if start == UInt8(ascii: "{") {
            self = try Self.json(bytes, algorithm)
        } else if bytes.contains("-----BEGIN ") {
            self = try Self.pem(bytes, algorithm)
        } else {
            throw .notAKey
        }
    }

    private init(_ key: PrivateKey, _ keyID: [UInt8]?) {
        self.key = key
        self.keyID = keyID
    }

    private static func pem(
        _ bytes: [UInt8], _ algorithm: Algorithm
    ) throws(Problem) -> KeyFile {
        // RFC 7468 section 11, and the older form of RFC 1421.
        guard !bytes.contains("ENCRYPTED") else { throw .encrypted }
        guard bytes.contains("PRIVATE KEY-----") else { throw .publicOnly }
        guard !algorithm.isSymmetric else { throw .otherKind }
        do throws(CryptoError) {
            return KeyFile(try PrivateKey(pem: bytes, algorithm: algorithm), nil)
        } catch {
            throw .unusable(error.reason)
        }
    }

    private static func json(
        _ bytes: [UInt8], _ algorithm: Algorithm
    ) throws(Problem) -> KeyFile {
        let problems: [Result<KeyFile, Problem>]
        do throws(CryptoError) {
            problems = try bytes.withBytes { bytes throws(CryptoError) in
                guard let elements = try? JWKSet.elements(of: bytes) else {
                    return [jwk(0..<bytes.count, of: bytes, algorithm)]
                }
                return elements.map { jwk($0, of: bytes, algorithm) }
            }
        } catch {
            throw .unusable(error.reason)
        }
        if problems.count == 1 { return try problems[0].get() }
        let usable = problems.compactMap { try? $0.get() }
        guard let first = usable.first else { throw .noneInSet }
        guard usable.count == 1 else { throw .severalInSet }
        return first
    }

    private static func jwk(
        _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, _ algorithm: Algorithm
    ) -> Result<KeyFile, Problem> {
        do throws(CryptoError) {
            let members = try JWKMembers(range, of: bytes)
            let form = try members.form()
            if form != nil && !members.has("d") { return .failure(.publicOnly) }
            guard (form == nil) == algorithm.isSymmetric else { return .failure(.otherKind) }
            let jwk = try JWK(range, of: bytes, algorithm: algorithm)
            guard case .privateKey(let key) = jwk.material else { return .failure(.publicOnly) }
            return .success(KeyFile(key, jwk.keyID))
        } catch {
            return .failure(.unusable(error.reason))
        }
    }
}

extension [UInt8] {
    /// Whether the bytes of `text` are somewhere in it.
    fileprivate func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { part in
            indices.contains { index in
                part.count <= count - index
                    && part.indices.allSatisfy { self[index + $0] == part[$0] }
            }
        }
    }
}
