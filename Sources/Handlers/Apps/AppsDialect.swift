internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// App signing: the routes `/app/…`, `/root/…`, `/ping` and `/health` (apps.md), on one loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class AppsDialect: Dialect, @unchecked Sendable {
    typealias Failure = AppsError

    /// Characters of a root key.
    private static let rootKeyLength = 128

    /// Who calls, by the credential shown.
    enum Caller {
        case app(App)
        case root
        case anybody
    }

    let authority: Authority
    let sessions: Sessions
    let credentials: Credentials
    private let rateLimits: RateLimits?
    /// Used by one request at a time: nobody keeps it over an `await`.
    var scanner = JSONScanner()
    /// For the list around the bodies of a batch call; `scanner` reads each of them.
    var batchScanner = JSONScanner(depthMax: BatchRequest.depthMax)
    var issuances = Spares<Issuance>()
    var renewals = Spares<Renewal>()
    var verifications = Spares<Verification>()

    init(
        _ authority: Authority, sessions: Sessions, rateLimits: RateLimits?
    ) {
        self.authority = authority
        self.sessions = sessions
        self.rateLimits = rateLimits
        credentials = Credentials(authority.apps)
    }

    /// What a head came to when it let an app's caller in.
    private final class Admission {
        let route: AppsRoute
        let app: App
        /// Of the credentials, before they were asked.
        let generation: Int

        init(_ route: AppsRoute, _ app: App, generation: Int) {
            self.route = route
            self.app = app
            self.generation = generation
        }
    }

    /// Answers a request whose head let its caller in before on the same connection, unless an app has
    /// changed since: then, as with every other request, false, and nothing is done.
    func respondsAgain(to exchange: Exchange) -> Bool {
        guard let admission = exchange.request.note?.finding as? Admission,
            admission.generation == credentials.generation
        else { return false }
        exchange.mark = admission.route.name.rawValue
        if let note = exchange.audit {
            note.begin(admission.route.auditKind(exchange.request.method), in: .apps)
            note.admit(admission.app)
            // Then it goes the long way, where it is refused.
            if note.mustWait { return false }
        }
        do throws(AppsError) {
            try countCall(of: admission.app, exchange, admission.route)
            try serve(exchange, admission.route, for: .app(admission.app))
        } catch {
            finish(exchange, error)
        }
        return true
    }

    /// Answers a request: at once, or when what it waits for is done.
    func respond(to exchange: Exchange, _ route: AppsRoute) {
        do throws(AppsError) {
            try requireMethod(of: route, exchange)
            let generation = credentials.generation
            let caller = try admit(exchange, route)
            if case .app(let app) = caller {
                exchange.request.note?.finding = Admission(route, app, generation: generation)
                exchange.audit?.admit(app)
                try countCall(of: app, exchange, route)
            }
            try serve(exchange, route, for: caller)
        } catch {
            finish(exchange, error)
        }
    }

    /// Who calls. Whoever shows no right key counts for the address.
    private func admit(_ exchange: Exchange, _ route: AppsRoute) throws(AppsError) -> Caller {
        do throws(AppsError) {
            return try authenticate(exchange, route)
        } catch {
            try countRequest(exchange, rateLimits)
            throw error
        }
    }

    private func countCall(
        of app: App, _ exchange: Exchange, _ route: AppsRoute
    ) throws(AppsError) {
        // Those count their items.
        guard route.action != .signBatch, route.action != .verifyBatch else { return }
        try count(1, of: app, exchange)
    }

    /// Counts calls of an app.
    func count(_ calls: Int, of app: App, _ exchange: Exchange) throws(AppsError) {
        if let rateLimits { try refuseIfLimited(rateLimits.admit(calls, of: app, exchange)) }
    }

    private func serve(
        _ exchange: Exchange, _ route: AppsRoute, for caller: Caller
    ) throws(AppsError) {
        switch (route.action, caller) {
        // These finish their exchange themselves.
        case (.sign, .app(let app)): return try sign(exchange, app)
        case (.verify, .app(let app)): return try verify(exchange, app)
        case (.renew, .app(let app)): return try renew(exchange, app)
        case (.logout, .app(let app)): return try logout(exchange, app)
        case (.listSessions, .app(let app)): return try listSessions(exchange, app)
        case (.signBatch, .app(let app)): return try signBatch(exchange, app)
        case (.verifyBatch, .app(let app)): return try verifyBatch(exchange, app)
        case (.createApp, .root): return try createApp(exchange)
        case (.rotateRootKey, .root): return rotateRootKey(exchange)
        case (.revokeKey, .root): return try revokeKey(exchange, route)
        case (.manageApp, .root), (.rotateAppKey, .root), (.rotateKeys, .root), (.flush, .root):
            return try manage(try app(of: route, exchange), exchange, route)
        case (.health, _): return answerHealth(exchange)

        case (.showApp, .app(let app)): showApp(app, exchange)
        case (.publicKeys, .app(let app)): listPublicKeys(app, exchange)
        case (.listApps, .root): listApps(exchange)
        case (.ping, _): answerPing(exchange)
        default: throw .noSuchRoute
        }
        exchange.finish()
    }

    /// What the owner of the root key does with an app. Each finishes its exchange itself.
    private func manage(
        _ app: App, _ exchange: Exchange, _ route: AppsRoute
    ) throws(AppsError) {
        switch route.action {
        case .manageApp where exchange.request.method == .patch: try updateApp(app, exchange)
        case .manageApp: deleteApp(app, exchange)
        case .rotateAppKey: rotateAppKey(app, exchange)
        case .rotateKeys: rotateKeys(of: app, exchange)
        case .flush: flushSessions(of: app, exchange)
        default: throw .noSuchRoute
        }
    }

    /// Says that it is done.
    func finishOK(_ exchange: Exchange) {
        exchange.response.body.append(literal: #"{"status":"ok"}"#)
        exchange.finish()
    }

    /// What the authority could not do for an app. An app that was deleted since its caller was let
    /// in has no keys any more, which is no fault of ours: then `gone`.
    func refusal(
        of error: AuthorityError, for app: App, gone: AppsError = .invalidAppKey
    ) -> AppsError {
        credentials.directory.app(app.id) == nil ? gone : AppsError(error)
    }

    /// Refuses a call that would have to wait too long, before more is done for it.
    func requireCapacity(for app: App, _ exchange: Exchange) throws(AppsError) {
        guard sessions.own.admitsPairs(of: app, exchange) else { throw .server(.overloaded) }
    }

    // MARK: Who calls, and what for

    private func requireMethod(of route: AppsRoute, _ exchange: Exchange) throws(AppsError) {
        guard let methods = route.methods, !methods.include(exchange.request.method) else {
            return
        }
        throw .methodNotAllowed(allow: methods.allow)
    }

    /// An id in the request's path.
    func id(at range: Range<Int>, _ exchange: Exchange) -> IDText {
        exchange.request.bytes.withUnsafeBytes { bytes in
            IDText(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// The app that the path of a root route names.
    func app(of route: AppsRoute, _ exchange: Exchange) throws(AppsError) -> App {
        switch id(at: route.appID, exchange) {
        case .id(let id):
            guard let app = credentials.directory.app(id) else { throw .appNotFound }
            exchange.audit?.target = .app(app.idText)
            return app
        case .unused: throw .appNotFound
        case .malformed: throw .malformedAppID
        }
    }

    private func authenticate(
        _ exchange: Exchange, _ route: AppsRoute
    ) throws(AppsError) -> Caller {
        switch route.access {
        case .app: return .app(try app(exchange, route))
        case .root:
            try requireRootKey(exchange)
            exchange.audit?.actor = .root
            return .root
        case .anybody: return .anybody
        }
    }

    private func app(_ exchange: Exchange, _ route: AppsRoute) throws(AppsError) -> App {
        let key = shownKey(exchange)
        let access = exchange.request.bytes.withUnsafeBytes { bytes in
            credentials.access(
                appID: UnsafeRawBufferPointer(rebasing: bytes[route.appID]),
                key: UnsafeRawBufferPointer(rebasing: bytes[key]))
        }
        switch access {
        case .granted(let app): return app
        case .malformedID: throw .invalidAppID
        case .denied:
            noteMissedApp(route, exchange)
            throw .invalidAppKey
        }
    }

    /// Has the audit log say whose key was not shown, if there is such an app.
    private func noteMissedApp(_ route: AppsRoute, _ exchange: Exchange) {
        guard let note = exchange.audit, case .id(let id) = id(at: route.appID, exchange),
            let app = credentials.directory.app(id)
        else { return }
        note.target = .app(app.idText)
    }

    private func requireRootKey(_ exchange: Exchange) throws(AppsError) {
        let key = shownKey(exchange)
        guard key.count == Self.rootKeyLength else { throw .invalidRootToken }
        let isRoot = exchange.request.bytes.withUnsafeBytes { bytes in
            credentials.isRootKey(UnsafeRawBufferPointer(rebasing: bytes[key]))
        }
        guard isRoot else { throw .invalidRootKey }
    }

    /// The key in `Authorization`: verbatim, or after `Bearer `. Empty when there is none, or more
    /// than one: a proxy before us may have looked at the other.
    private func shownKey(_ exchange: Exchange) -> Range<Int> {
        guard let value = exchange.request.authorization,
            !exchange.request.hasRepeatedAuthorization
        else { return 0..<0 }
        let prefix: StaticString = "bearer "
        guard value.count > prefix.utf8CodeUnitCount else { return value }
        let isBearer = exchange.request.bytes.withUnsafeBytes { bytes in
            bytes[value].prefix(prefix.utf8CodeUnitCount).enumerated().allSatisfy { index, byte in
                let isUpper = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                return (isUpper ? byte | 0x20 : byte) == prefix.utf8Start[index]
            }
        }
        return isBearer ? value.dropFirst(prefix.utf8CodeUnitCount) : value
    }
}
