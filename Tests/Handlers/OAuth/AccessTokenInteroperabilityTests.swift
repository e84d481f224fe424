import Foundation
import SignetCrypto
import TestSupport
import Testing

/// Access tokens of all algorithms, read by joserfc.
@Suite("Access token interoperability")
struct AccessTokenInteroperabilityTests {
    private struct Item: Encodable {
        let algorithm: String
        /// A PEM, or the secret.
        let key: Data
        let token: String
    }

    private static let script = """
        import base64, json, sys
        from joserfc import jwt
        from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

        kinds = {"R": RSAKey, "P": RSAKey, "E": ECKey, "H": OctKey}
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": sys.argv[1]}, aud={"essential": True, "value": "api"},
            exp={"essential": True}, scope={"essential": True, "value": "a b"})
        for item in json.load(sys.stdin):
            algorithm = item["algorithm"]
            kind = OKPKey if algorithm == "EdDSA" else kinds[algorithm[0]]
            key = kind.import_key(base64.b64decode(item["key"]))
            token = jwt.decode(item["token"], key, algorithms=[algorithm])
            assert token.header["typ"] == "at+jwt" and token.header["alg"] == algorithm
            registry.validate(token.claims)
            print(algorithm)
        """

    @Test("joserfc verifies those of all thirteen algorithms, also when many are signed at once")
    func allAlgorithms() async throws {
        let server = try await TestServer.shared.value
        var items: [Item] = []
        for algorithm in Algorithm.allCases {
            let app = try await server.createApp(algorithm)
            let client = OAuthClient(server: server, app: app)
            let key = app.privateKey.publicKey?.pem ?? app.privateKey.encoded
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await client.accessToken("&scope=a+b&audience=api") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(tokens).count == 8)
            items += tokens.map {
                Item(algorithm: algorithm.name, key: Data(key), token: $0)
            }
        }
        let output = try Python.run(
            Self.script, arguments: ["http://127.0.0.1:\(server.port)"],
            input: try JSONEncoder().encode(items))
        let names = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(names.count == 8 * Algorithm.allCases.count)
    }
}
