import SignetCrypto
import SignetRuntime

/// How it is found out, after a run, whether the tokens that a sample took were signed by the right
/// key.
package enum TokenProof: Sendable, Equatable {
    /// Here, by the public keys that the server shows (RFC 7517), found by each token's `kid`.
    case publicKeys
    /// By the server's verify call: a secret never leaves it.
    case verifyCall(BenchApp)
    /// By asking the server, with the token as a bearer, who its owner is.
    case ownersName

    /// The way for tokens of `app`.
    init(_ app: BenchApp) {
        self = app.algorithm?.isSymmetric == false ? .publicKeys : .verifyCall(app)
    }

    /// How many of `tokens` are not what they should be. Throws when the server can't be asked.
    func countWrong(
        _ tokens: [[UInt8]], on target: LoadTarget
    ) throws(BenchError) -> Int {
        let call = HTTPCall(to: target)
        guard self == .publicKeys else {
            var wrong = 0
            for token in tokens {
                if try !isGood(String(decoding: token, as: UTF8.self), call) { wrong += 1 }
            }
            return wrong
        }
        let answer = try call.perform(ClientRequest(.get, "/.well-known/jwks.json"))
        guard let keys = try? JWKSet(answer.body) else {
            throw BenchError(.malformedAnswer, target.address)
        }
        let reader = JWSReader()
        return tokens.count { !Self.isSigned($0, by: keys, reader) }
    }

    /// Asks the server about one token.
    private func isGood(_ token: String, _ call: HTTPCall) throws(BenchError) -> Bool {
        switch self {
        case .publicKeys: preconditionFailure("these are checked here")
        case .verifyCall(let app):
            let request = ClientRequest(
                .post, "/app/\(app.id)/verify", authorization: app.key,
                body: #"{"token":"\#(token)"}"#)
            let body = try call.perform(request).body
            return body == Array(#"{"verified":true}"#.utf8)
        case .ownersName:
            do throws(BenchError) {
                let request = ClientRequest(
                    .get, "/api/rest/me", authorization: "Bearer \(token)")
                return try call.perform(request).member(#""login":""#) != nil
            } catch {
                guard case .refused = error.reason else { throw error }
                return false
            }
        }
    }

    private static func isSigned(_ token: [UInt8], by keys: JWKSet, _ reader: JWSReader) -> Bool {
        guard let jws = try? reader.read(token), let id = reader.keyID, let key = keys.key(id: id),
            case .publicKey(let publicKey) = key.material,
            let verifier = try? Verifier(publicKey, algorithm: jws.algorithm)
        else { return false }
        return token.withUnsafeBytes { token in
            verifier.verify(
                UnsafeRawBufferPointer(rebasing: token[jws.signingInput]),
                signature: reader.signature)
        }
    }
}
