package import SignetCrypto

/// The app that a measurement signs with.
package struct BenchApp: Sendable, Equatable {
    package let id: String
    package let key: String
    /// What the app signs with, when it is known.
    package var algorithm: Algorithm?

    /// An app that exists. Both texts are printable ASCII.
    package init(id: String, key: String, algorithm: Algorithm? = nil) {
        self.id = id
        self.key = key
        self.algorithm = algorithm
    }

    /// Creates an app with a key for `algorithm` on `target`.
    package static func create(
        _ algorithm: Algorithm, rootKey: String, on target: LoadTarget
    ) throws(BenchError) -> BenchApp {
        let request = ClientRequest(
            .post, "/root/create", authorization: rootKey,
            body: """
                {"name":"signet bench","token_expire":86400,"refresh_expire":86400,\
                "key_type":"\(algorithm.keyType.name)","algo":"\(algorithm.name)",\
                "rotation_period":31536000}
                """)
        let answer = try HTTPCall(to: target).perform(request)
        guard let id = answer.member("\"app_id\":\""), let key = answer.member("\"app_key\":\"")
        else { throw BenchError(.malformedAnswer, target.address) }
        return BenchApp(id: id, key: key, algorithm: algorithm)
    }

    /// Signs with the app, and returns the auth tokens. From the first of them the algorithm is
    /// learned when it is not known yet.
    package mutating func signTokens(
        _ count: Int, on target: LoadTarget
    ) throws(BenchError) -> [String] {
        let call = HTTPCall(to: target)
        var tokens: [String] = []
        for _ in 0..<count {
            guard let token = try call.perform(signing).member("\"auth_token\":\"") else {
                throw BenchError(.malformedAnswer, target.address)
            }
            tokens.append(token)
        }
        if algorithm == nil, let token = tokens.first {
            algorithm = try? JWSReader().read(Array(token.utf8)).algorithm
        }
        return tokens
    }

    /// The sample call of the app API's documentation.
    var signing: ClientRequest {
        ClientRequest(
            .post, "/app/\(id)/sign", authorization: key,
            body: """
                {
                "sub":"test@test.com",
                "aud":"web-app",
                "ip": "1.1.1.1",
                "useragent":"my-user-agent",
                "personal":{
                "name":"test-user"
                }
                }
                """)
    }

    /// The app as a client of OAuth: HTTP Basic with both parts form-encoded (RFC 6749 section 2.3.1).
    var basicAuthorization: String {
        let pair = "\(FormText.encoded(id)):\(FormText.encoded(key))"
        return "Basic " + String(decoding: Base64.encode(Array(pair.utf8)), as: UTF8.self)
    }
}
