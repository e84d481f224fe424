internal import Logging
internal import SignetAuthority
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime
internal import SignetStorage

/// A running server: the authority on its control loop, and the HTTP server on its loops.
final class Server: Sendable {
    /// Kept of the time that a stop may take for the last commit and the threads.
    private static let closingMilliseconds = 1000

    let open: OpenAuthority
    /// What takes new settings at SIGHUP.
    let reloadables: [any Reloadable]
    private let http: HTTPServer
    private let admin: AdminServer
    private let scheme: String
    private let follower: ChangeFollower
    private let rotator: KeyRotator
    private let outbound: OutboundServices?
    private let mailer: Mailer?
    private let counter: SessionCounter
    private let logs: ServerLogs
    /// Nil when none is kept.
    var audit: AuditLog? { logs.audit }

    /// What is open beside connections: the database, the loops, and what asks other servers.
    private static let otherDescriptors = 128

    /// How long a connection may do nothing while the server drains, if the next one has its listening sockets,
    /// so that no request need be lost; no more than a quarter of the time that a stop may take.
    private static func drainIdle(_ settings: Settings) -> UInt64 {
        UInt64(min(1000, settings.timeouts.drain.milliseconds / 4))
    }

    /// Opens the store and begins to serve. Throws a `CommandFailure` that says what to do.
    ///
    /// - Parameter sockets: what was passed on to it; it opens its own in place of those that are missing.
    init(_ settings: Settings, _ sockets: InheritedSockets = InheritedSockets()) throws {
        let log = Logger(label: "signet.server")
        let address = try Self.address("http.host", settings.http.host, settings.http.port)
        let adminAddress = try Self.address(
            "admin.host", settings.admin.host, settings.admin.port)
        try Self.check(settings, sockets)
        scheme = settings.scheme
        try OutboundServices.check(settings)
        let descriptors = DescriptorLimit.raise()
        if descriptors < settings.limits.connections + Self.otherDescriptors {
            log.warning(
                "limits.connections is \(settings.limits.connections), and the process may have \(descriptors) descriptors: raise its limit (ulimit -n, LimitNOFILE)"
            )
        }
        let certificates = try ServerCertificates(settings.tls, log: log)
        open = try OpenAuthority(settings, role: .server)
        logs = try ServerLogs(settings, auditKey: open.auditKey)
        counter = SessionCounter(open.store, on: open.control.loops[0])
        let rateLimits = RateLimitReload(settings, on: open.control.loops[0])
        var services: OutboundServices?
        var isAdmin = false
        do throws(LoopError) {
            services = try OutboundServices(settings)
            let (http, routers) = try Self.serve(
                open, services, certificates, rateLimits, logs, at: address,
                passedOn: sockets.http, settings)
            self.http = http
            isAdmin = true
            admin = try Self.serveAdmin(
                Instruments(open, http, routers, logs, counter, settings),
                ReadinessCheck(open.authority, http, logs.audit), at: adminAddress,
                passedOn: sockets.admin, beside: http)
        } catch {
            logs.close()
            if let services {
                try Blocking.run { await services.cancel() }
                services.stop()
            }
            try open.close()
            throw Self.failure(error, at: isAdmin ? adminAddress : address, isAdmin: isAdmin)
        }
        reloadables = [rateLimits, LogThreshold.process] + [certificates].compactMap(\.self)
        let (apps, eventLoop) = (open.authority.apps, open.control.loops[0])
        follower = ChangeFollower(apps, on: eventLoop, log: log)
        follower.start()
        rotator = KeyRotator(apps, on: eventLoop, log: log, audit: logs.audit)
        rotator.start()
        counter.start()
        outbound = services
        mailer = outbound?.mailer(
            settings, open, issuer: DialectSettings(settings, at: http.address).issuer)
        mailer?.start()
        if !sockets.http.isEmpty {
            log.info("http.host and http.port are not used: the listening socket was passed on")
        }
        if !sockets.admin.isEmpty {
            log.info("admin.host and admin.port are not used: the listening socket was passed on")
        }
    }

    /// The loops that answer requests, for the watchdog.
    var loops: [EventLoop] { http.loops + admin.loops }

    /// Refuses settings that go against each other.
    private static func check(
        _ settings: Settings, _ sockets: InheritedSockets = InheritedSockets()
    ) throws(CommandFailure) {
        let (http, admin) = (settings.http, settings.admin)
        let areUsed = sockets.http.isEmpty && sockets.admin.isEmpty
        if areUsed, http.port != 0, http.port == admin.port, http.host == admin.host {
            throw CommandFailure(
                "http.port and admin.port are both \(http.port); choose another admin.port",
                status: .configuration)
        }
        if settings.data == .memory, settings.audit.file != .off, settings.audit.key == nil {
            throw CommandFailure(
                "the master key of a store in memory goes with it, and the audit log could not be "
                    + "verified; set SIGNET_AUDIT_KEY", status: .configuration)
        }
    }

    /// What goes against each other in settings, as far as a file of them tells: not what secrets are for.
    static func conflicts(_ settings: Settings) -> [String] {
        var settings = settings
        let anySecret = Secret(text: "")
        settings.audit.key = anySecret
        settings.recaptcha.secret = anySecret
        let checked = settings
        let (http, admin) = (checked.http, checked.admin)
        return [
            refusal { () throws(CommandFailure) in
                _ = try address("http.host", http.host, http.port)
            },
            refusal { () throws(CommandFailure) in
                _ = try address("admin.host", admin.host, admin.port)
            },
            refusal { () throws(CommandFailure) in try check(checked) },
            refusal { () throws(CommandFailure) in try ServerCertificates.check(checked) },
            refusal { () throws(CommandFailure) in try OutboundServices.check(checked) },
        ].compactMap(\.self)
    }

    private static func refusal(_ check: () throws(CommandFailure) -> Void) -> String? {
        do throws(CommandFailure) {
            try check()
            return nil
        } catch {
            return error.description
        }
    }

    /// Where the server listens.
    var url: String { "\(scheme)://\(http.address)" }

    /// Where it tells operators how it is.
    var adminURL: String { "http://\(admin.address)" }

    /// Finishes what is in flight, commits, and ends: whether everything could be finished. Throws a `CommandFailure`
    /// when lines of the audit log are lost and `audit.when_full` is `stop`.
    func shutDown(within limit: Duration) throws -> Bool {
        admin.didBeginToDrain()
        try Blocking.run { [outbound, mailer] in
            await mailer?.stop()
            await outbound?.cancel()
        }
        let drainMilliseconds = max(0, limit.milliseconds - Self.closingMilliseconds)
        let isDrained = http.drain(atMostMilliseconds: drainMilliseconds)
        http.stop()
        admin.stop()
        outbound?.stop()
        try Blocking.run { [follower, rotator, counter] in
            await follower.stop()
            await rotator.stop()
            await counter.stop()
        }
        let lost = logs.close()
        try open.close()
        if lost > 0, audit?.stopsWhenFull ?? false {
            throw CommandFailure(
                "\(lost) \(lost == 1 ? "line" : "lines") of the audit log could not be written and "
                    + "\(lost == 1 ? "is" : "are") lost; see audit.file")
        }
        return isDrained
    }

    private static func serve(
        _ open: OpenAuthority, _ outbound: OutboundServices?, _ certificates: ServerCertificates?,
        _ rateLimits: RateLimitReload, _ logs: ServerLogs,
        at address: SocketAddress, passedOn descriptors: [Int32], _ settings: Settings
    ) throws(LoopError) -> (HTTPServer, [Router]) {
        let authority = open.authority
        var httpSettings = HTTPSettings(settings)
        httpSettings.trustedProxies = rateLimits.proxies
        if !descriptors.isEmpty { httpSettings.drainIdleMilliseconds = drainIdle(settings) }
        var routers: [Router] = []
        let server = try HTTPServer(
            at: address, passedOn: descriptors, loops: settings.loops, settings: httpSettings,
            tls: certificates?.identity
        ) { eventLoops, address in
            var dialects = DialectSettings(settings, at: address)
            dialects.providers = outbound?.providers(settings, open)
            dialects.recaptcha = outbound?.recaptcha(settings.recaptcha)
            dialects.rateLimits = RateLimits(rateLimits.limiter)
            dialects.audit = logs.audit
            dialects.access = logs.accessTerms(settings.log)
            dialects.interface = InterfaceDocument(at: dialects.issuer)
            let shards = eventLoops.map { eventLoop in
                let registry = authority.sessionRegistry(
                    shard: eventLoop.index, on: eventLoop,
                    clockSkewSeconds: settings.clockSkew.components.seconds,
                    stages: eventLoop.stages)
                eventLoop.atRoundEnd { [unowned eventLoop] in registry.endRound(on: eventLoop) }
                return registry
            }
            routers = eventLoops.indices.map { [dialects] index in
                let router = Router(
                    authority, sessions: Sessions(shards, own: index, of: authority), dialects)
                if let audit = router.audit {
                    eventLoops[index].atRoundEnd { audit.endRound() }
                }
                if let access = router.access {
                    eventLoops[index].atRoundEnd { access.endRound() }
                }
                return router
            }
            return routers
        }
        return (server, routers)
    }

    private static func serveAdmin(
        _ instruments: Instruments, _ check: ReadinessCheck, at address: SocketAddress,
        passedOn descriptors: [Int32], beside http: HTTPServer
    ) throws(LoopError) -> AdminServer {
        do throws(LoopError) {
            return try AdminServer(at: address, passedOn: descriptors, instruments, check)
        } catch {
            http.stop()
            throw error
        }
    }

    private static func address(
        _ setting: String, _ host: String, _ port: Int
    ) throws(CommandFailure) -> SocketAddress {
        guard let address = SocketAddress(host: host, port: UInt16(port)) else {
            throw CommandFailure(
                "\(setting) \(host) is no IPv4 or IPv6 address; use 127.0.0.1, 0.0.0.0 or ::",
                status: .configuration)
        }
        return address
    }

    private static func failure(
        _ error: LoopError, at address: SocketAddress, isAdmin: Bool
    ) -> CommandFailure {
        guard error.isAddressInUse else {
            // The address may be there a moment later, as a port that is taken may be free.
            return CommandFailure(
                "can't listen on \(address): \(error)",
                status: error.isAddressRefused ? .configuration : .failure)
        }
        let choice = isAdmin ? "--set admin.port=PORT" : "--port"
        return CommandFailure(
            "another server listens on \(address); stop it, or choose a port with \(choice)")
    }
}

extension HTTPSettings {
    init(_ settings: Settings) {
        self.init()
        limits = HTTPLimits(
            headBytesMax: settings.limits.headBytes, bodyBytesMax: settings.limits.bodyBytes,
            headerFieldsMax: settings.limits.headerFields)
        connectionsMax = settings.limits.connections
        headTimeoutMilliseconds = UInt64(settings.timeouts.head.milliseconds)
        bodyTimeoutMilliseconds = UInt64(settings.timeouts.body.milliseconds)
        idleTimeoutMilliseconds = UInt64(settings.timeouts.idle.milliseconds)
        isStrictlySecure = settings.tls.hsts
    }
}

extension DialectSettings {
    /// All but the rate limits, which can be replaced.
    init(_ settings: Settings, at address: SocketAddress) {
        self.init(
            issuer: settings.publicURL.isEmpty
                ? "\(settings.scheme)://\(address)" : settings.publicURL)
        cors = CORS(origins: settings.cors.origins)
        queueTimeMilliseconds = Int64(settings.limits.queueTime.milliseconds)
        clockSkewSeconds = settings.clockSkew.components.seconds
        signIn = SignInTerms(settings.signIn, issuer: issuer, clockSkew: clockSkewSeconds)
        allowsSignInByCookie = settings.signIn.cookieAuth
        frontend = FrontendTerms(settings.frontend, clockSkew: clockSkewSeconds)
        isSignUpOpen = settings.frontend.signUp == .open
        namedTokenLifeSecondsMax = settings.namedTokens.lifeMax.components.seconds
    }
}

extension SignInTerms {
    init(_ settings: Settings.SignIn, issuer: String, clockSkew: Int64) {
        self.init(issuer: issuer)
        self.clockSkew = clockSkew
        algorithm = settings.algorithm.algorithm
        accessLife = settings.accessLife.components.seconds
        refreshLife = settings.refreshLife.components.seconds
        let longest = settings.refreshLifeMax.components.seconds
        refreshLifeMax = longest > 0 ? longest : nil
    }
}

extension FrontendTerms {
    init(_ settings: Settings.Frontend, clockSkew: Int64) {
        self.init()
        self.clockSkew = clockSkew
        algorithm = settings.algorithm.algorithm
        longLife = settings.longLife.components.seconds
        shortLife = settings.shortLife.components.seconds
        verificationLife = settings.verificationLife.components.seconds
    }
}

extension Settings.Frontend.Algorithm {
    var algorithm: Algorithm {
        // The same names.
        guard let algorithm = Algorithm(name: rawValue) else {
            preconditionFailure("an algorithm without a name: \(rawValue)")
        }
        return algorithm
    }
}

extension Settings.SignIn.Algorithm {
    var algorithm: Algorithm {
        switch self {
        case .hs256: .hs256
        case .hs384: .hs384
        case .hs512: .hs512
        }
    }
}

extension Duration {
    /// In whole milliseconds.
    var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
