internal import SignetAuthority
internal import SignetRuntime

extension OAuthDialect {
    /// Answers when the token at `range` of the request can be a named one; false when it is none.
    func checksNamedToken(at range: Range<Int>, _ exchange: Exchange) -> Bool {
        let look = exchange.request.bytes.withUnsafeBytes { bytes -> NamedTokenCheck.FirstLook? in
            let token = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard NamedTokenCheck.isNamed(token) else { return nil }
            return namedTokens.look(at: token, at: exchange.receivedAt)
        }
        switch look {
        case nil: return false
        case .refused: refuseToken(exchange)
        case .good(let holder): admit(exchange, AuthFields(holder), range)
        case .genuine(let token):
            answerLater(exchange) { () async throws(OAuthError) in
                let holder: NamedTokenHolder?
                do throws(AuthorityError) {
                    holder = try await self.namedTokens.find(token)
                } catch {
                    throw OAuthError(error)
                }
                guard let holder else { return self.refuseToken(exchange) }
                self.admit(exchange, AuthFields(holder), range)
            }
        }
        return true
    }
}

extension AuthFields {
    /// Of a named token: the subject is its user's login, the session its id.
    fileprivate init(_ holder: NamedTokenHolder) {
        self.init(realm: "named-tokens")
        setSubject(Array(holder.username.utf8))
        setSession(holder.tokenID)
    }
}
