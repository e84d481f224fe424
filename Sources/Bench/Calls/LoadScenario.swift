package import SignetRuntime

/// What is measured: the request that is repeated, and what its answers have to be.
package struct LoadScenario: Sendable, Equatable {
    /// What the report calls it.
    package let name: String
    package let request: ClientRequest
    package let expectation: Expectation
    /// How many tokens a good answer carries.
    package let tokensPerAnswer: Int

    package init(
        _ name: String, _ request: ClientRequest, expectation: Expectation = .anything,
        tokensPerAnswer: Int = 0
    ) {
        self.name = name
        self.request = request
        self.expectation = expectation
        self.tokensPerAnswer = tokensPerAnswer
    }

    /// Signs the sample claims of the app API's documentation, over and over.
    package static func sign(_ app: BenchApp) -> LoadScenario {
        LoadScenario(
            "sign", signing(app), expectation: .tokenPair, tokensPerAnswer: 2)
    }

    /// Verifies one token over and over. It is got by a sign call first, which may throw.
    package static func verify(
        _ app: BenchApp, at address: SocketAddress, host: String
    ) throws(BenchError) -> LoadScenario {
        let answer = try HTTPCall(to: address, host: host).perform(signing(app))
        guard let token = answer.member("\"auth_token\":\"") else {
            throw BenchError(.malformedAnswer, address)
        }
        let request = ClientRequest(
            .post, "/app/\(app.id)/verify", authorization: app.key, body: #"{"token":"\#(token)"}"#)
        return LoadScenario(
            "verify", request, expectation: .exactly(Array(#"{"verified":true}"#.utf8)))
    }

    private static func signing(_ app: BenchApp) -> ClientRequest {
        ClientRequest(
            .post, "/app/\(app.id)/sign", authorization: app.key,
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
}
