internal import SignetAuthority
internal import SignetRuntime

extension OAuthDialect {
    /// Answers when the token at `range` of the request can be one of the accounts-and-sessions dialect, of a
    /// session or an API token; false when it is none.
    ///
    /// - Parameter carrier: what it came by. As in that dialect, no cookie brings an API token.
    func checksFrontendToken(
        at range: Range<Int>, _ carrier: Carrier, _ exchange: Exchange
    ) -> Bool {
        let (isSession, isAPIToken) = exchange.request.bytes.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[range])
            return (frontend.isOurs(text), APITokens.canBeToken(text))
        }
        guard isSession || isAPIToken && carrier == .bearer else { return false }
        let text = Array(exchange.request.bytes[range])
        if isSession {
            answerLater(exchange) { () async throws(OAuthError) in
                guard let fields = try await self.sessionFields(text, exchange) else {
                    return self.refuseToken(exchange)
                }
                self.admit(exchange, fields, range, needsClaims: true)
            }
            return true
        }
        answerLater(exchange) { () async throws(OAuthError) in
            guard let fields = try await self.apiTokenFields(text, exchange) else {
                return self.refuseToken(exchange)
            }
            self.admit(exchange, fields, range, needsClaims: true)
        }
        return true
    }

    /// Goes by the signature, the times and what was ended: the store is not asked.
    private func sessionFields(
        _ text: [UInt8], _ exchange: Exchange
    ) async throws(OAuthError) -> AuthFields? {
        do throws(AuthorityError) {
            guard let token = try await frontend.read(text, at: exchange.receivedAt),
                !frontend.isEnded(token)
            else { return nil }
            var fields = AuthFields(realm: Self.frontendRealm)
            fields.setSubject(Array(String(token.user).utf8))
            fields.setSession(token.sessionID)
            return fields
        } catch {
            throw OAuthError(error)
        }
    }

    private func apiTokenFields(
        _ text: [UInt8], _ exchange: Exchange
    ) async throws(OAuthError) -> AuthFields? {
        do throws(AuthorityError) {
            guard let token = try await apiTokens.find(text, at: exchange.receivedAt),
                let user = try await accounts.user(.id(token.user)), user.status == .active
            else { return nil }
            var fields = AuthFields(realm: Self.frontendRealm)
            fields.setSubject(Array(String(user.id).utf8))
            fields.setSession(token.idText)
            fields.setClaims(token.claims(of: user))
            return fields
        } catch {
            throw OAuthError(error)
        }
    }

    private static let frontendRealm = "frontend"
}
