internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension OAuthDialect {
    /// POST `/oauth/introspect` (RFC 7662): whether a token of the app is good now, and what it says.
    /// `token_type_hint` is not looked at, because a token says itself what it is.
    func introspect(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        let verification = verifications.lease()
        guard form.withValue(.token, { verification.setToken($0) }) != nil else {
            verifications.giveBack(verification)
            throw .invalidRequest("The token is missing.")
        }
        verification.whenDone = { _, error in
            if let error {
                self.finish(exchange, self.refusal(of: error, for: app))
            } else {
                self.render(verification, of: app, into: &exchange.response)
                exchange.finish()
            }
            self.verifications.giveBack(verification)
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
        verification.withClaims { appendClaims($0, $1, to: &response.body) }
        response.body.append(literal: "}")
    }

    /// Appends the claims of a token byte for byte, but for those that this answer sets itself, and a
    /// `jti` for tokens that have their id in `jid`.
    private func appendClaims(
        _ claims: UnsafeRawBufferPointer, _ members: [JSONMember], to body: inout [UInt8]
    ) {
        var id: JSONValue?
        var hasTokenID = false
        var run = MemberRun(in: claims)
        for member in members {
            switch ClaimOfAnswer(member.name, in: claims) {
            case .own: continue
            case .id: id = member.value
            case .tokenID: hasTokenID = true
            case .other: break
            }
            run.append(member, to: &body)
        }
        run.flush(to: &body)
        guard let id, !hasTokenID else { return }
        body.append(literal: #","jti":"#)
        body.append(contentsOf: id.raw(in: claims))
    }
}

/// What a claim of the token is in the answer, by its name.
private enum ClaimOfAnswer {
    /// One that the answer sets itself.
    case own
    /// `jid` and `jti`.
    case id, tokenID
    case other

    init(_ name: JSONValue, in claims: UnsafeRawBufferPointer) {
        // The length tells most names apart without looking at their letters.
        switch name.plainLength {
        case 3:
            if name.equals("jid", in: claims) {
                self = .id
            } else {
                self = name.equals("jti", in: claims) ? .tokenID : .other
            }
        case 6, 9, 10, nil: self.init(rare: name, in: claims)
        default: self = .other
        }
    }

    /// Of a name with escapes, or with the length of one that the answer sets.
    private init(rare name: JSONValue, in claims: UnsafeRawBufferPointer) {
        if name.equals("jid", in: claims) {
            self = .id
        } else if name.equals("jti", in: claims) {
            self = .tokenID
        } else {
            let isOwn =
                name.equals("active", in: claims) || name.equals("client_id", in: claims)
                || name.equals("token_type", in: claims)
            self = isOwn ? .own : .other
        }
    }
}
