import SignetCrypto
import SignetRuntime
import Testing

@testable import SignetBench

/// The check of the signatures that a sample of tokens has.
@Suite struct TokenProofTests {
    private static let keyID = ULID(high: 1, low: 2)

    /// A server that signs with `signingKey`, and shows `shownKey` to those who verify.
    private func server(signing signingKey: PrivateKey, showing shownKey: PrivateKey) throws
        -> CannedServer
    {
        let header = Array(
            JWTHeader.segment(signingKey.algorithm, keyID: Self.keyID).dropLast())
        let input = header + Array(".eyJzdWIiOiJ4In0".utf8)
        let signature = try Signer(signingKey).signature(of: input)
        let token = String(decoding: input + [0x2E] + Base64URL.encode(signature), as: UTF8.self)
        let publicKey = try #require(shownKey.publicKey)
        let point = Array(publicKey.der.suffix(64))
        let (x, y) = (Base64URL.encode(Array(point[..<32])), Base64URL.encode(Array(point[32...])))
        let keys = """
            {"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig",\
            "kid":"\(Self.keyID.text)","x":"\(String(decoding: x, as: UTF8.self))",\
            "y":"\(String(decoding: y, as: UTF8.self))"}]}
            """
        return try CannedServer { request in
            request.pathText == "/.well-known/jwks.json"
                ? (.ok, keys) : (.ok, #"{"auth_token":"\#(token)","refresh_token":"\#(token)"}"#)
        }
    }

    private func report(of server: CannedServer, sample: Int = 10) throws -> LoadReport {
        let app = BenchApp(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "k", algorithm: .es256)
        var plan = LoadPlan.short(server.address, LoadScenario(.sign(app)))
        plan.verifySample = sample
        return try LoadGenerator(plan).run()
    }

    @Test("finds the right key's signatures good")
    func good() throws {
        let key = try PrivateKey.generate(.es256)
        let server = try server(signing: key, showing: key)
        defer { server.stop() }

        let report = try report(of: server)
        #expect(report.verified == 10)
        #expect(report.errors == LoadErrors())
    }

    @Test("finds out a server whose tokens another key signed")
    func wrongKey() throws {
        let server = try server(
            signing: PrivateKey.generate(.es256), showing: PrivateKey.generate(.es256))
        defer { server.stop() }

        let report = try report(of: server)
        #expect(report.errors.badSignatures == 10)
        #expect(report.errors.total == 10)
        #expect(report.text.contains("\n  bad signatures"))
    }

    @Test("checks nothing when the sample is empty")
    func none() throws {
        let server = try server(
            signing: PrivateKey.generate(.es256), showing: PrivateKey.generate(.es256))
        defer { server.stop() }

        let report = try report(of: server, sample: 0)
        #expect(report.verified == 0 && report.errors == LoadErrors())
    }

    @Test("asks the server about tokens that a secret signed", arguments: [true, false])
    func secret(isGood: Bool) throws {
        let server = try CannedServer { request in
            request.pathText.hasSuffix("/sign")
                ? (.ok, #"{"auth_token":"a.b.c","refresh_token":"d.e.f"}"#)
                : (.ok, #"{"verified":\#(isGood && request.bodyText == #"{"token":"a.b.c"}"#)}"#)
        }
        defer { server.stop() }

        let app = BenchApp(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "k", algorithm: .hs256)
        var plan = LoadPlan.short(server.address, LoadScenario(.sign(app)))
        plan.verifySample = 3
        let report = try LoadGenerator(plan).run()
        #expect(report.verified == 3)
        #expect(report.errors.badSignatures == (isGood ? 0 : 3))
    }

    @Test("takes each token with the same chance")
    func chance() {
        // Each of 100 tokens, in 4,000 samples of 10: 400 times on average, give or take 19.
        var counts = [Int](repeating: 0, count: 100)
        for seed in 0..<4000 {
            var sample = TokenSample(countMax: 10, seed: UInt64(seed))
            for number in 0..<100 {
                [UInt8(number)].withUnsafeBytes { bytes in sample.offer(call: 0) { bytes } }
            }
            #expect(sample.tokens.count == 10)
            for token in sample.tokens { counts[Int(token.token[0])] += 1 }
        }
        #expect(counts.allSatisfy { (300...500).contains($0) }, "\(counts)")
    }
}
