internal import SignetStorage

/// What somebody has shown, as of the moment when it was looked at. What rests on it is written only if it
/// is still so then: a password that has been changed meanwhile lets nobody in.
package struct Proof: Sendable {
    let requirements: [Requirement]

    /// A password, or whatever else stands for the user as it was read.
    package init(_ user: User) {
        requirements = [.user(user.id, generation: user.generation)]
    }

    /// The key of an app, and the user that it speaks for, if any.
    init(_ app: App, for user: User?) {
        requirements =
            [.app(app.number, keyHash: app.keyHash)] + (user.map { Proof($0).requirements } ?? [])
    }

    /// A token of a session.
    package init(_ session: UserSession) {
        requirements = [.userSession(session.row.id)]
    }

    /// An API token, and what it allows.
    package init(_ token: APIToken) {
        requirements = [.apiToken(token.row.id, updated: token.updated)]
    }

    /// What to write in front of what rests on it.
    var mutations: [Mutation] { requirements.map { .require($0) } }
}
