import SignetCrypto

extension LoadCall {
    /// Signs the sample claims of the app API's documentation, over and over.
    package static func sign(_ app: BenchApp) -> LoadCall {
        var call = LoadCall(
            "sign", [app.signing], expectation: .tokenPair, tokensPerAnswer: 2)
        call.proof = TokenProof(app)
        return call
    }

    /// Verifies tokens that were signed before, in turn.
    package static func verify(_ app: BenchApp, _ tokens: [String]) -> LoadCall {
        let requests = tokens.map { token in
            ClientRequest(
                .post, "/app/\(app.id)/verify", authorization: app.key,
                body: #"{"token":"\#(token)"}"#)
        }
        return LoadCall(
            "verify", requests, expectation: .exactly(Array(#"{"verified":true}"#.utf8)))
    }

    /// Renews sessions, each by the refresh token of its last renewal. The sessions are made on the
    /// way, as many as connections have requests under way.
    package static func renew(_ app: BenchApp) -> LoadCall {
        var call = LoadCall(
            "renew", .renewals(of: app), expectation: .tokenPair, tokensPerAnswer: 2)
        // Only the server can tell about a secret's signatures, and it would refuse tokens that have
        // been renewed since.
        call.proof = app.algorithm?.isSymmetric == false ? TokenProof(app) : nil
        return call
    }

    /// Introspects tokens (RFC 7662) that were signed before, in turn.
    package static func introspect(_ app: BenchApp, _ tokens: [String]) -> LoadCall {
        let requests = tokens.map { token in
            ClientRequest(
                .post, "/oauth/introspect", authorization: app.basicAuthorization,
                body: "token=\(token)", contentType: "application/x-www-form-urlencoded")
        }
        return LoadCall("introspect", requests, expectation: .text(#""active":true"#))
    }

    /// Fetches the public keys (RFC 7517).
    package static var jwks: LoadCall {
        LoadCall(
            "jwks", [ClientRequest(.get, "/.well-known/jwks.json")],
            expectation: .text(#"{"keys":["#))
    }

    /// Signs a user in, by a new session each time.
    ///
    /// - Parameters: `login` and `password` are sent as form fields.
    package static func signIn(login: String, password: String) -> LoadCall {
        let form = "login=\(FormText.encoded(login))&password=\(FormText.encoded(password))"
        let request = ClientRequest(
            .post, "/api/rest/signin", body: form,
            contentType: "application/x-www-form-urlencoded")
        var call = LoadCall(
            "sign-in", [request], expectation: .signInTokens, tokensPerAnswer: 2)
        call.status = 201
        call.proof = .ownersName
        return call
    }
}
