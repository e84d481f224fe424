internal import SignetAuthority

/// What a sign-in wishes for, however the user shows who it is.
struct SignInWishes {
    /// Which of the two lives the session has.
    let isLongTerm: Bool
    /// Whether the user's other sessions end.
    let logsOutOthers: Bool
    /// What the client says of who is signed in there; shown again.
    let currentUser: EmailAddress?
    /// Where the client goes back to; shown again.
    let returnURL: [UInt8]?

    /// Takes them out of a body.
    init(_ fields: inout FrontendFields) {
        isLongTerm = fields.flag("long-term-token", otherwise: true)
        logsOutOthers = fields.flag("logout-other", otherwise: false)
        currentUser = fields.email("current-user")
        returnURL = fields.returnURL("ret-url")
    }
}
