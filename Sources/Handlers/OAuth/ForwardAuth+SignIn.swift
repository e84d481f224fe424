internal import SignetAuthority
internal import SignetRuntime

extension OAuthDialect {
    /// Answers when the token at `range` of the request can be one of the sign-in dialect; false when it is
    /// none.
    ///
    /// - Parameter carrier: what it came by. The cookie of that dialect is the only place where a
    ///   refresh token opens anything, and an access token opens nothing there.
    func checksSignInToken(
        at range: Range<Int>, _ carrier: Carrier, _ exchange: Exchange
    ) -> Bool {
        let now = exchange.receivedAt
        let (isOurs, token) = exchange.request.bytes.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard signIn.isOurs(text) else { return (false, SignInTokens.Genuine?.none) }
            return (true, signIn.read(text, at: now))
        }
        guard isOurs else { return false }
        guard let token, token.isAccess == (carrier != .sessionCookie), !signIn.isEnded(token)
        else {
            refuseToken(exchange)
            return true
        }
        if token.isAccess || signIn.isRemembered(token, at: now) {
            admit(exchange, AuthFields(token), range)
            return true
        }
        answerLater(exchange) { () async throws(OAuthError) in
            let isAlive: Bool
            do throws(AuthorityError) {
                isAlive = try await self.signIn.find(token, at: now) != nil
            } catch {
                throw OAuthError(error)
            }
            guard isAlive else { return self.refuseToken(exchange) }
            self.admit(exchange, AuthFields(token), range)
        }
        return true
    }
}

extension AuthFields {
    fileprivate init(_ token: SignInTokens.Genuine) {
        self.init(realm: "sign-in")
        setSubject(token.subject)
        setSession(token.sessionID)
    }
}
