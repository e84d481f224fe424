import SignetCrypto
import Testing

@Suite("Key files")
struct KeyFileTests {
    private func read(_ text: some Sequence<UInt8>, _ algorithm: Algorithm) throws -> KeyFile {
        try KeyFile(Array(text), for: algorithm)
    }

    private func problem(_ text: String, _ algorithm: Algorithm) -> KeyFile.Problem? {
        do {
            _ = try read(text.utf8, algorithm)
            return nil
        } catch {
            return error as? KeyFile.Problem
        }
    }

    @Test("are read as PEM, as JWK and from a set", arguments: Algorithm.allCases)
    func forms(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let id = Array("one".utf8)
        let jwk = try key.jwk(keyID: id)
        let alone = try read([0x0A, 0x20] + jwk, algorithm)
        #expect(alone.key.isSame(as: key) && alone.keyID == id)
        let other: Algorithm = algorithm == .hs512 ? .es256 : .hs512
        let stranger = try TestKeys.key(other).jwk(keyID: Array("two".utf8))
        for list in [[jwk], [jwk, stranger], [stranger, jwk]] {
            let set =
                Array(#"{"keys":["#.utf8) + list.joined(separator: [0x2C])
                + Array("]}".utf8)
            let found = try read(set, algorithm)
            #expect(found.key.isSame(as: key) && found.keyID == id)
        }
        guard let pem = key.pem else { return }
        let found = try read(pem, algorithm)
        #expect(found.key.isSame(as: key) && found.keyID == nil)
        // What openssl writes before a key, such as the parameters of a curve.
        #expect(try read(Array("Bag Attributes\n".utf8) + pem, algorithm).key.isSame(as: key))
    }

    @Test("are refused with what is wrong with them")
    func problems() throws {
        let key = try TestKeys.key(.es256)
        let publicKey = try #require(key.publicKey)
        let pem = String(decoding: try #require(key.pem), as: UTF8.self)
        #expect(problem("", .es256) == .notAKey)
        #expect(problem("key", .es256) == .notAKey)
        #expect(problem("{", .es256) == .unusable(.malformed))
        #expect(problem("{}", .es256) == .unusable(.malformed))
        #expect(problem(#"{"keys":[]}"#, .es256) == .noneInSet)
        #expect(problem(String(decoding: publicKey.pem, as: UTF8.self), .es256) == .publicOnly)
        #expect(
            problem(String(decoding: try publicKey.jwk(), as: UTF8.self), .es256) == .publicOnly)
        #expect(problem(pem, .hs256) == .otherKind)
        #expect(problem(pem, .es384) == .unusable(.wrongAlgorithm))
        #expect(problem(String(pem.dropLast(60)), .es256) == .unusable(.malformed))
        #expect(problem(#"{"kty":"oct","k":"AA"}"#, .es256) == .otherKind)
        #expect(problem(#"{"kty":"oct","k":"AA"}"#, .hs256) == .unusable(.weakKey))
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        #expect(problem(encrypted, .es256) == .encrypted)
        #expect(
            problem("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", .rs256)
                == .encrypted)
        let jwk = String(decoding: try key.jwk(), as: UTF8.self)
        let second = try PrivateKey.generate(.es256).jwk()
        let text = String(decoding: second, as: UTF8.self)
        #expect(problem(#"{"keys":[\#(jwk),\#(text)]}"#, .es256) == .severalInSet)
    }

    @Test("tell the same key from others")
    func same() throws {
        let key = try TestKeys.key(.rs256)
        let again = try PrivateKey(algorithm: .rs256, encoded: key.encoded)
        #expect(key.isSame(as: again))
        #expect(try !key.isSame(as: TestKeys.key(.ps256)))
        #expect(try !key.isSame(as: PrivateKey.generate(.es256)))
    }
}
