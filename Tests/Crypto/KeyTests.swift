import Foundation
import SignetCrypto
import TestSupport
import Testing

/// What is accepted as a key, and in which forms it leaves.
@Suite("Keys")
struct KeyTests {
    private func openSSL(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let script = """
            import subprocess, sys
            command = ["openssl"] + sys.argv[1:]
            sys.stdout.buffer.write(subprocess.run(command, stdin=sys.stdin, check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
            """
        return Array(try Python.run(script, arguments: arguments, input: Data(input)))
    }

    @Test("generates the sizes of the contract", arguments: Algorithm.allCases)
    func sizes(_ algorithm: Algorithm) throws {
        let lengths: [Algorithm: Int] = [
            .hs256: 32, .hs384: 48, .hs512: 64, .rs256: 256, .rs384: 256, .rs512: 512, .ps256: 256,
            .ps384: 256, .ps512: 512, .es256: 64, .es384: 96, .es512: 132, .eddsa: 64,
        ]
        let key = try PrivateKey.generate(algorithm)
        #expect(try Signer(key).signatureLength == lengths[algorithm])
        #expect((key.publicKey == nil) == algorithm.isSymmetric)
        #expect((key.pem == nil) == algorithm.isSymmetric)
        if algorithm.isSymmetric { #expect(key.encoded.count == lengths[algorithm]) }
    }

    @Test("comes back the same from its encoding, PEM and JWK", arguments: Algorithm.allCases)
    func roundTrips(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        var copies = [
            try PrivateKey(algorithm: algorithm, encoded: key.encoded),
            try PrivateKey(jwk: key.jwk()),
        ]
        if let pem = key.pem { copies.append(try PrivateKey(pem: pem, algorithm: algorithm)) }
        for copy in copies {
            #expect(copy.encoded == key.encoded && copy.publicKey == key.publicKey)
            #expect(copy.algorithm == algorithm)
        }
        guard let publicKey = key.publicKey else { return }
        #expect(try PublicKey(jwk: publicKey.jwk(algorithm: algorithm)) == publicKey)
        #expect(
            String(decoding: publicKey.pem, as: UTF8.self).hasPrefix("-----BEGIN PUBLIC KEY-----\n")
        )
    }

    @Test(
        "writes the PEM that the openssl command writes",
        arguments: [
            Algorithm.rs256, .es256, .es384, .es512, .eddsa,
        ])
    func commandLine(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let pem = try #require(key.pem)
        #expect(try openSSL(["pkey"], input: pem) == pem)
        #expect(try openSSL(["pkey", "-pubout"], input: pem) == key.publicKey?.pem)
        #expect(try openSSL(["pkey", "-outform", "DER"], input: pem).isEmpty == false)
    }

    @Test("reads the traditional forms of private keys")
    func traditional() throws {
        for algorithm in [Algorithm.rs256, .es256] {
            let key = try TestKeys.key(algorithm)
            let pem = try openSSL(["pkey", "-traditional"], input: try #require(key.pem))
            #expect(pem != key.pem)
            #expect(try PrivateKey(pem: pem, algorithm: algorithm).encoded == key.encoded)
        }
    }

    @Test("normalises a compressed point")
    func compressed() throws {
        let key = try #require(try TestKeys.key(.es256).publicKey)
        let pem = try openSSL(
            ["ec", "-pubin", "-conv_form", "compressed"], input: key.pem)
        #expect(pem != key.pem)
        #expect(try PublicKey(pem: pem) == key)
    }

    @Test("refuses encrypted, truncated and foreign keys")
    func foreign() throws {
        let pem = try #require(try TestKeys.key(.es256).pem)
        let encrypted = try openSSL(["pkey", "-aes256", "-passout", "pass:x"], input: pem)
        #expect(reason { try PrivateKey(pem: encrypted, algorithm: .es256) } == .malformed)
        for length in [0, 1, 30, pem.count / 2] {
            let start = Array(pem.prefix(length))
            #expect(reason { try PrivateKey(pem: start, algorithm: .es256) } == .malformed)
        }
        let der = try #require(try TestKeys.key(.es256).publicKey?.der)
        #expect(reason { try PublicKey(der: der + [0]) } == .malformed)
        #expect(reason { try PublicKey(der: Array(der.dropLast())) } == .malformed)
        #expect(reason { try PublicKey(der: []) } == .malformed)
        #expect(reason { try PublicKey(pem: pem) } == .malformed)
        let x25519 = try openSSL(["genpkey", "-algorithm", "X25519"], input: [])
        #expect(reason { try PrivateKey(pem: x25519, algorithm: .eddsa) } == .unsupportedKey)
        let pss = try openSSL(["genpkey", "-algorithm", "RSA-PSS"], input: [])
        #expect(reason { try PrivateKey(pem: pss, algorithm: .ps256) } == .unsupportedKey)
        for curve in ["secp256k1", "brainpoolP256r1", "P-224"] {
            let arguments = [
                "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(curve)",
            ]
            let key = try openSSL(arguments, input: [])
            #expect(reason { try PrivateKey(pem: key, algorithm: .es256) } == .unsupportedKey)
        }
        let explicit = try openSSL(
            ["ec", "-pubin", "-param_enc", "explicit"],
            input: try #require(try TestKeys.key(.es256).publicKey?.pem))
        #expect(reason { try PublicKey(pem: explicit) } == .unsupportedKey)
    }

    @Test("refuses RSA below 2048 bits and HMAC secrets shorter than the hash")
    func weak() throws {
        let arguments = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
        let rsa = try openSSL(arguments, input: [])
        #expect(reason { try PrivateKey(pem: rsa, algorithm: .rs256) } == .weakKey)
        let publicPart = try openSSL(["pkey", "-pubout"], input: rsa)
        #expect(reason { try PublicKey(pem: publicPart) } == .weakKey)
        for (algorithm, length) in [(Algorithm.hs256, 32), (.hs384, 48), (.hs512, 64)] {
            let secret = [UInt8](repeating: 1, count: length - 1)
            #expect(reason { try PrivateKey(algorithm: algorithm, encoded: secret) } == .weakKey)
            #expect(reason { try PrivateKey(algorithm: algorithm, encoded: secret + [1]) } == nil)
            #expect(reason { try PrivateKey(algorithm: algorithm, encoded: []) } == .weakKey)
        }
    }

    @Test("refuses a key for an algorithm of another type or curve")
    func wrongAlgorithm() throws {
        for algorithm in Algorithm.allCases where !algorithm.isSymmetric {
            let key = try TestKeys.key(algorithm)
            let isRSA = algorithm.keyType == .rsa
            for other in Algorithm.allCases where !other.isSymmetric && other != algorithm {
                let result = reason { try PrivateKey(algorithm: other, encoded: key.encoded) }
                #expect(result == (isRSA && other.keyType == .rsa ? nil : .wrongAlgorithm))
            }
        }
    }

    @Test("hides the key when it is printed")
    func hidden() throws {
        let key = try TestKeys.key(.hs256)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(text.contains("hidden") && !text.contains("SecretBytes") && text.count < 60)
        }
    }
}
