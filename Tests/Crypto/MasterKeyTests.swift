import Foundation
import SignetCrypto
import TestSupport
import Testing

@Suite("Master key")
struct MasterKeyTests {
    private let plaintext = Array("a private key".utf8)
    private let context = Array("app-keys/01ARZ3NDEKTSV4RRFFQ69G5FAV".utf8)

    @Test("opens what it sealed, and never seals the same twice")
    func roundTrip() throws {
        let key = MasterKey.generate()
        for text in [[], plaintext, [UInt8](repeating: 1, count: 5000)] {
            let sealed = try key.seal(text, context: context)
            #expect(sealed.count == text.count + MasterKey.overhead)
            #expect(try key.open(sealed, context: context) == text)
            #expect(try key.seal(text, context: context) != sealed)
        }
    }

    @Test("refuses a sealed value with any bit changed, or cut off anywhere")
    func tampering() throws {
        let key = MasterKey.generate()
        let sealed = try key.seal(plaintext, context: context)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: CryptoError.self) { try key.open(changed, context: context) }
            }
            #expect(throws: CryptoError.self) {
                try key.open(Array(sealed[..<index]), context: context)
            }
        }
        #expect(throws: CryptoError.self) { try key.open(sealed + [0], context: context) }
    }

    @Test("refuses another key and another context")
    func otherKeys() throws {
        let key = MasterKey.generate()
        let sealed = try key.seal(plaintext, context: context)
        let reasons = [
            reason { try MasterKey.generate().open(sealed, context: context) },
            reason { try key.open(sealed, context: []) },
            reason { try key.open(sealed, context: context + [0]) },
        ]
        #expect(reasons == Array(repeating: .notAuthentic, count: 3))
        #expect(reason { try key.open([], context: context) } == .malformed)
        #expect(
            reason { try key.open([2] + sealed.dropFirst(), context: context) }
                == .malformed)
    }

    @Test("is opened by Python's AES-GCM")
    func python() throws {
        let key = MasterKey.generate()
        let sealed = try key.seal(plaintext, context: context)
        let script = """
            import base64, sys
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            key, context, sealed = base64.b64decode(sys.argv[1]), sys.argv[2], sys.stdin.buffer.read()
            aad = sealed[:1] + context.encode()
            sys.stdout.buffer.write(AESGCM(key).decrypt(sealed[1:13], sealed[13:], aad))
            """
        let arguments = [key.base64ForStorage(), context].map {
            String(decoding: $0, as: UTF8.self)
        }
        let output = try Python.run(script, arguments: arguments, input: Data(sealed))
        #expect(Array(output) == plaintext)
    }

    @Test("reads base64 of 32 bytes and nothing else, and hides its bytes")
    func base64() throws {
        let key = MasterKey.generate()
        let text = key.base64ForStorage()
        let again = try MasterKey(base64: text)
        let sealed = try key.seal(plaintext, context: context)
        #expect(try again.open(sealed, context: context) == plaintext)
        for wrong in [
            [], Array(text.dropLast()), text + text,
            Base64.encode([UInt8](repeating: 1, count: 31)),
        ] {
            #expect(throws: CryptoError.self) { try MasterKey(base64: wrong) }
        }
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "MasterKey(hidden)" && String(reflecting: key) == "MasterKey(hidden)")
        #expect(!dumped.contains("SecretBytes"))
    }
}
