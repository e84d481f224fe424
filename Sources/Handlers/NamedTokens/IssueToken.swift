internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension NamedTokensDialect {
    /// POST `/token`: issues a token, and shows it this once.
    func issue(_ exchange: Exchange, to user: User) async throws(NamedTokensError) {
        guard exchange.mayBeJSON else { throw .unsupportedMediaType }
        let request = try exchange.withBody { bytes throws(NamedTokensError) in
            try NewTokenRequest(bytes, &scanner, lifeSecondsMax: lifeSecondsMax)
        }
        let outcome = try await ask { () throws(AuthorityError) in
            try await tokens.issue(
                request.description, lifeSeconds: request.life.seconds, to: user,
                at: exchange.receivedAt)
        }
        switch outcome {
        case .issued(let token, let text):
            exchange.response.status = .created
            exchange.audit?.target = .token(token.idText)
            exchange.response.body.append(token, text: text)
        case .descriptionIsTaken: throw .descriptionIsTaken
        case .userIsGone: throw .unauthorized
        case .tooMany:
            throw .malformed("There are as many tokens as a user may have; delete one first.")
        }
    }

    /// DELETE `/token/<id>`: deletes a token, which is refused everywhere when this is answered.
    func delete(
        _ id: Range<Int>, _ exchange: Exchange, of user: User
    ) async throws(NamedTokensError) {
        guard let id = exchange.tokenID(id) else { throw .noSuchToken }
        let isDeleted = try await ask { () throws(AuthorityError) in
            try await tokens.delete(id, of: user)
        }
        guard isDeleted else { throw .noSuchToken }
        exchange.audit?.target = .token(NamedToken.text(of: id))
        exchange.response.body.append(literal: #"{"message":"Token deleted"}"#)
    }
}

extension [UInt8] {
    /// Appends the answer of a POST.
    fileprivate mutating func append(_ token: NamedToken, text: [UInt8]) {
        append(literal: #"{"message":"Token generated","jwt_token_id":"#)
        append(jsonString: token.idText)
        append(literal: #","jwt_token":""#)
        append(contentsOf: text)
        append(literal: #"","jwt_token_description":"#)
        append(jsonString: token.description)
        append(literal: #","jwt_token_life":"#)
        append(decimal: token.lifeSeconds)
        append(literal: "}")
    }
}
