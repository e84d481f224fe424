internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension NamedTokensDialect {
    /// GET `/token`: the user's tokens, the oldest first; those that have expired, too.
    func list(_ exchange: Exchange, of user: User) async throws(NamedTokensError) {
        let found = try await ask { () throws(AuthorityError) in
            try await tokens.list(of: user)
        }
        guard !found.isEmpty else { throw .noTokens }
        exchange.response.body.append(
            literal: #"{"message":"Tokens exists","jwt_tokens":{"#)
        for (index, token) in found.enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            exchange.response.body.append(item: token, at: exchange.receivedAt)
        }
        exchange.response.body.append(literal: "}}")
    }

    /// GET `/token/<id>`.
    func show(
        _ id: Range<Int>, _ exchange: Exchange, of user: User
    ) async throws(NamedTokensError) {
        guard let id = exchange.tokenID(id) else { throw .noSuchToken }
        let token = try await ask { () throws(AuthorityError) in
            try await tokens.token(id, of: user)
        }
        guard let token else { throw .noSuchToken }
        exchange.response.body.append(token, at: exchange.receivedAt)
    }
}

extension Exchange {
    /// The token's id that stands at `range` of the request; nil when there is none such.
    func tokenID(_ range: Range<Int>) -> NamedToken.ID? {
        request.bytes.withUnsafeBytes {
            NamedToken.id(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
    }
}

extension [UInt8] {
    /// Appends a token as a member of the list. The list and the single answer spell the rest of the life
    /// differently, as the original does.
    fileprivate mutating func append(item token: NamedToken, at now: Int64) {
        append(jsonString: token.idText)
        append(literal: ":{")
        appendMembers(of: token)
        append(literal: #","jwt_token_remaining_life":"#)
        append(remainingMilliseconds: token.remainingMilliseconds(at: now))
        append(literal: "}")
    }

    /// Appends the answer about one token.
    fileprivate mutating func append(_ token: NamedToken, at now: Int64) {
        let remaining = token.remainingMilliseconds(at: now)
        append(literal: #"{"message":"Tokens exists","#)
        appendMembers(of: token)
        append(literal: #","jwt_token_life_remaining":"#)
        append(remainingMilliseconds: remaining)
        append(
            literal: remaining > 0 ? #","expiry_status":"Valid"}"# : #","expiry_status":"Expired"}"#
        )
    }

    private mutating func appendMembers(of token: NamedToken) {
        append(literal: #""jwt_token_description":"#)
        append(jsonString: token.description)
        append(literal: #","jwt_token_life":"#)
        append(decimal: token.lifeSeconds)
    }

    /// Appends seconds with three decimals; exactly `0` when nothing remains.
    private mutating func append(remainingMilliseconds: Int64) {
        append(decimal: remainingMilliseconds / 1000)
        guard remainingMilliseconds > 0 else { return }
        append(UInt8(ascii: "."))
        for divisor: Int64 in [100, 10, 1] {
            append(decimal: remainingMilliseconds / divisor % 10)
        }
    }
}

extension NamedToken {
    /// How long it is still good, in milliseconds; 0 once it has expired.
    ///
    /// - Parameter now: Unix milliseconds.
    fileprivate func remainingMilliseconds(at now: Int64) -> Int64 {
        max(0, expires * 1000 - now)
    }
}
