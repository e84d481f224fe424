internal import SignetAuthority
internal import SignetJSON

/// What a sign-in is answered (frontend.md, "SignIn").
struct SignInAnswer {
    /// A token of a provider that the user signed in by.
    struct ProviderToken {
        let provider: [UInt8]
        let token: [UInt8]
    }

    /// Nil unless the user is active and has shown who it is; then there is no `jwt` either.
    var apiToken: [UInt8]?
    var jwt: FrontendTokens.Signed?
    let email: String
    let status: User.Status
    /// 0 for who has not shown who it is: that tells nothing of who has an account.
    let userID: Int64
    let wishes: SignInWishes
    var providerTokens: [ProviderToken] = []
}

extension [UInt8] {
    mutating func append(_ answer: SignInAnswer) {
        append(UInt8(ascii: "{"))
        appendMembers(of: answer)
        append(UInt8(ascii: "}"))
    }

    /// Appends the members alone, for answers that have more of them.
    mutating func appendMembers(of answer: SignInAnswer) {
        if let token = answer.apiToken {
            append(literal: #""api-token":"#)
            append(jsonString: token)
            append(UInt8(ascii: ","))
        }
        append(literal: #""current-user":"#)
        append(jsonStringOrNull: answer.wishes.currentUser.map { Array($0.text.utf8) })
        append(literal: #","email":"#)
        append(jsonString: answer.email)
        if let jwt = answer.jwt {
            append(literal: #","jwt-token":"#)
            append(jwt)
        }
        append(literal: #","oauth-provider-tokens":["#)
        for (index, token) in answer.providerTokens.enumerated() {
            append(literal: index > 0 ? #",{"provider":"# : #"{"provider":"#)
            append(jsonString: token.provider)
            append(literal: #","token":"#)
            append(jsonString: token.token)
            append(UInt8(ascii: "}"))
        }
        append(literal: #"],"ret-url":"#)
        append(jsonStringOrNull: answer.wishes.returnURL)
        append(literal: #","status":"#)
        append(jsonString: answer.status.rawValue)
        append(literal: #","user-id":"#)
        append(decimal: answer.userID)
    }

    /// Appends a token and its end, as `jwt-token` and `/jwt` have it.
    mutating func append(_ token: FrontendTokens.Signed) {
        append(literal: #"{"expire":""#)
        append(date: token.expires)
        append(literal: #"","token":""#)
        append(contentsOf: token.text)
        append(literal: #""}"#)
    }

    /// Appends a string, or `null` for none.
    mutating func append(jsonStringOrNull text: [UInt8]?) {
        if let text { append(jsonString: text) } else { append(literal: "null") }
    }
}
