/// Whom a session speaks for, in the words of its tokens.
package struct SessionHolder: Sendable {
    /// What the user signs in with; the app's id when it speaks for itself.
    package let login: String
    package let name: String
    package let email: String
    /// The user's id; empty for an app that speaks for itself.
    package let userID: String
    /// The name of the app that signed in by its key; nil when the user did.
    package let application: String?
    /// The user's id and the app's number.
    let user: Int64?
    let app: Int64?
    /// What it was shown by.
    let proof: Proof

    /// A user, who signed in by password, or whom an app speaks for.
    package init(_ user: User, application app: App? = nil) {
        login = user.login
        name = user.name
        email = user.email
        userID = String(user.id)
        application = app?.terms.name
        self.user = user.id
        self.app = app?.number
        proof = app.map { Proof($0, for: user) } ?? Proof(user)
    }

    /// An app that speaks for itself.
    package init(_ app: App) {
        login = app.idText
        name = app.terms.name
        email = ""
        userID = ""
        application = app.terms.name
        user = nil
        self.app = app.number
        proof = Proof(app, for: nil)
    }
}
