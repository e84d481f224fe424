internal import SignetAuthority
internal import SignetRuntime

/// What is known of a request that the audit log may have to tell of. One for each exchange, used again.
///
/// `@unchecked Sendable`: as the exchange that it belongs to, touched only on that one's loop.
final class AuditNote: @unchecked Sendable {
    private let trail: AuditTrail
    var realm = AuditEvent.Realm.server
    /// What the request is there to do; nil for what changes nothing.
    var kind: AuditEvent.Kind?
    var actor = AuditEvent.Actor.nobody
    var name = ""
    var target: AuditEvent.Target?
    /// Why, in a word of ours.
    var detail = ""
    /// What came of it when the answer sounds like success.
    var outcome = AuditEvent.Outcome.done
    private var address = KeptAddress()

    init(_ trail: AuditTrail) {
        self.trail = trail
    }

    /// Forgets the last request.
    func reset() {
        kind = nil
        actor = .nobody
        name = ""
        target = nil
        detail = ""
        outcome = .done
    }

    /// Notes what the request is for.
    func begin(_ kind: AuditEvent.Kind?, in realm: AuditEvent.Realm) {
        self.kind = kind
        self.realm = realm
    }

    /// Notes who has shown a right credential.
    func admit(_ user: User) {
        actor = .user(user.id)
        name = user.login
    }

    func admit(_ app: App) {
        actor = .app(app.idText)
    }

    func admit(_ holder: SessionHolder) {
        name = holder.login
        actor = Int64(holder.userID).map { .user($0) } ?? .app(holder.login)
    }

    /// Notes whose session a token is of, which was not looked up: one that is over is no credential any more.
    func note(_ token: SignInTokens.Genuine) {
        target = .session(token.sessionID)
        name = String(decoding: token.subject, as: UTF8.self)
    }

    /// Notes that the session of a token was not over.
    func admit(_ token: SignInTokens.Genuine) {
        actor = token.userID.map { .user($0) } ?? .app(name)
    }

    /// Notes what became of a refresh token.
    func note(_ renewal: Renewal) {
        if renewal.isRenewed {
            target = .token(renewal.idText)
        } else {
            target = renewal.shownIDText.map { .token($0) }
        }
        if renewal.wasStolen { detail = "token used twice, session ended" }
    }

    /// Notes the token whose session was to be ended, none for one that is unknown, and whether it was.
    func note(_ verification: Verification, hasEnded: Bool) {
        target = verification.idText.map { .token($0) }
        if !hasEnded { outcome = .unchanged }
    }

    /// Notes what became of a sign-up.
    func note(_ signUp: Accounts.SignUpOutcome) {
        switch signUp {
        case .made(let id): target = .user(id)
        case .replaced(let id):
            target = .user(id)
            detail = "signed up again"
        case .addressTaken(let id):
            target = .user(id)
            outcome = .unchanged
            detail = "address taken"
        }
    }

    /// Records that a user showed a right password with a call that does something else.
    func recordSignIn(of user: User, _ exchange: Exchange) {
        admit(user)
        record(.signIn, nil, exchange)
    }

    /// Whether what the request is there to do must wait until the log can be written.
    var mustWait: Bool { kind != nil && trail.sink.isStopped }

    /// Notes whose password was not the one that was shown, if there is such an account: what was typed in
    /// place of a login may be a password.
    func missed(_ key: User.Key) async {
        guard let user = await trail.account(key) else { return }
        target = .user(user.id)
        if name.isEmpty { name = user.login }
    }

    /// Records an event of the request beside that of its end.
    func record(_ kind: AuditEvent.Kind, _ target: AuditEvent.Target? = nil, _ exchange: Exchange) {
        var event = AuditEvent(kind, in: realm)
        fill(&event, exchange)
        event.target = target
        trail.record(event, exchange)
    }

    /// What the answer tells; nil when it is no event.
    func event(_ exchange: Exchange) -> AuditEvent? {
        let status = exchange.response.status
        guard kind != nil || status.isAnswerToCaller else { return nil }
        var event = AuditEvent(kind ?? .access, in: realm)
        event.status = status.rawValue
        event.target = target
        fill(&event, exchange)
        switch status.rawValue {
        case 429:
            event.tried = event.kind
            event.kind = .rateLimitHit
            event.outcome = .refused
        case 500...: event.outcome = .failed
        case 400...:
            event.outcome = .refused
            // Apps' keys are refused with 403.
            if status.isAnswerToCaller, case .nobody = actor, let kind, kind != .signIn {
                event.tried = kind
                event.kind = .access
            }
        default: event.outcome = outcome
        }
        return event
    }

    private func fill(_ event: inout AuditEvent, _ exchange: Exchange) {
        event.actor = actor
        event.name = name
        event.detail = detail
        event.address = address.text(of: exchange)
    }
}

extension HTTPStatus {
    /// Whether it is about who calls, or how often.
    fileprivate var isAnswerToCaller: Bool {
        switch self {
        case .unauthorized, .forbidden, .tooManyRequests: true
        default: false
        }
    }
}
