internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension OAuthDialect {
    /// POST `/oauth/introspect` (RFC 7662): whether a token of the app is good now, and what it says.
    /// `token_type_hint` is not looked at, because a token says itself what it is.
    func introspect(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        let verification = leaseVerification()
        guard form.withValue(.token, { verification.setToken($0) }) != nil else {
            giveBack(verification)
            throw .invalidRequest("The token is missing.")
        }
        verification.whenDone = { _, error in
            if let error {
                self.finish(exchange, OAuthError(error))
            } else {
                self.render(verification, of: app, into: &exchange.response)
                exchange.finish()
            }
            self.giveBack(verification)
        }
        sessions.own.begin(verification, for: app, exchange)
    }

    private func render(
        _ verification: Verification, of app: App, into response: inout Response
    ) {
        response.isUncacheable = true
        guard verification.isGood, let kind = verification.kind else {
            // Nothing more: not even why (RFC 7662 section 2.2).
            return response.body.append(literal: #"{"active":false}"#)
        }
        response.body.append(literal: #"{"active":true,"client_id":"#)
        response.body.append(jsonString: app.idText)
        // RFC 8693 section 2.2.1: `N_A` for what is no access token. A resource server that looks at
        // no more than `active` and the type still refuses a refresh token.
        response.body.append(
            literal: kind == .refresh
                ? #","token_type":"N_A""# : #","token_type":"Bearer""#)
        verification.withClaims { appendClaims($0, to: &response.body) }
        response.body.append(literal: "}")
    }

    /// Appends the claims of a token byte for byte, but for those that this answer sets itself, and a
    /// `jti` for tokens that have their id in `jid`.
    private func appendClaims(_ claims: UnsafeRawBufferPointer, to body: inout [UInt8]) {
        guard (try? scanner.scan(claims)) != nil else { return }
        var id: JSONValue?
        var hasTokenID = false
        for member in scanner.members {
            let name = member.name
            switch name.plainLength {
            case 3, nil:
                if name.equals("jid", in: claims) { id = member.value }
                if name.equals("jti", in: claims) { hasTokenID = true }
            default: break
            }
            guard !isOurs(name, claims) else { continue }
            body.append(UInt8(ascii: ","))
            body.append(contentsOf: UnsafeRawBufferPointer(rebasing: claims[member.range]))
        }
        guard let id, !hasTokenID else { return }
        body.append(literal: #","jti":"#)
        body.append(contentsOf: id.raw(in: claims))
    }

    /// Whether the answer sets the member of this name itself.
    private func isOurs(_ name: JSONValue, _ claims: UnsafeRawBufferPointer) -> Bool {
        switch name.plainLength {
        case 6: name.equals("active", in: claims)
        case 9: name.equals("client_id", in: claims)
        case 10: name.equals("token_type", in: claims)
        case nil:
            name.equals("active", in: claims) || name.equals("client_id", in: claims)
                || name.equals("token_type", in: claims)
        default: false
        }
    }
}
