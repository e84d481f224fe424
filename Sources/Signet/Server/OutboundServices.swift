internal import Logging
internal import SignetAuthority
internal import SignetRuntime

/// The servers of others that this one asks, and the loop that they are asked from. Only a server with a
/// setting that needs them has one.
final class OutboundServices: Sendable {
    private let outbound: Outbound
    private let group: LoopGroup
    private let log = Logger(label: "signet.outbound")

    /// Nil when no setting needs another server.
    init?(_ settings: Settings) throws(LoopError) {
        let features = Self.features(settings)
        guard !features.isEmpty else { return nil }
        group = try LoopGroup(count: 1, name: "outbound")
        outbound = Outbound(OutboundSettings(settings.outbound), on: group.loops[0])
        // Told at once, and not when the first user needs it.
        Task(executorPreference: group.loops[0]) { [outbound, log] in
            do throws(OutboundError) {
                try await outbound.prepare()
            } catch {
                guard error.reason == .libraryMissing else { return }
                log.error("\(features.joined(separator: ", ")) can't work: \(error)")
            }
        }
    }

    /// By whom users may sign in; nil for no provider.
    func providers(_ settings: Settings, _ open: OpenAuthority) -> Providers? {
        guard !settings.providers.isEmpty else { return nil }
        return Providers(
            settings.providers, web: OutboundWeb(outbound: outbound),
            workers: open.poolWorkers, on: open.control.loops[0]
        ) { [log] in log.warning("\($0)") }
    }

    /// Who tells humans from programs; nil for nobody.
    func recaptcha(_ settings: Settings.Recaptcha) -> Recaptcha? {
        guard !settings.verifyURL.isEmpty, let secret = settings.secret else { return nil }
        return Recaptcha(
            url: settings.verifyURL, secret: secret.text, web: OutboundWeb(outbound: outbound)
        ) { [log] in log.warning("\($0)") }
    }

    /// What sends mails; nil when nobody takes them.
    ///
    /// - Parameter issuer: the server's public address.
    func mailer(_ settings: Settings, _ open: OpenAuthority, issuer: String) -> Mailer? {
        guard !settings.smtp.url.isEmpty, let from = settings.smtp.from else { return nil }
        let eventLoop = open.control.loops[0]
        let terms = FrontendTerms(
            settings.frontend, clockSkew: settings.clockSkew.components.seconds)
        let queue = MailQueue(
            open.authority, terms, from: MailText.Sender(from, settings, issuer),
            by: OutboundMails(outbound: outbound, server: MailServer(settings.smtp)),
            on: eventLoop
        ) { [log] in Mailer.log($0, log) }
        return Mailer(queue, on: eventLoop)
    }

    /// Ends what is under way, so that nobody waits for others while the server drains, and begins nothing
    /// more.
    func cancel() async { await outbound.stop() }

    /// Ends the loop, after `cancel`. Not from a loop.
    func stop() { group.stop() }

    /// Says which settings lack another one.
    static func check(_ settings: Settings) throws(CommandFailure) {
        let isOpen = settings.frontend.signUp == .open
        let hasRecaptcha = !settings.recaptcha.verifyURL.isEmpty
        let lacks: String? =
            if isOpen, settings.smtp.url.isEmpty {
                "frontend.sign_up: open needs smtp.url, since addresses are verified by mail"
            } else if !settings.smtp.url.isEmpty, settings.smtp.from == nil {
                "smtp.url needs smtp.from, an address that mails are from"
            } else if hasRecaptcha, settings.recaptcha.secret == nil {
                "recaptcha.verify_url needs SIGNET_RECAPTCHA_SECRET in the environment"
            } else if hasRecaptcha, isOpen, settings.frontend.verificationPage.isEmpty {
                "recaptcha.verify_url needs frontend.verification_page, a page of yours that shows the "
                    + "recaptcha"
            } else {
                nil
            }
        if let lacks { throw CommandFailure(lacks, status: .configuration) }
    }

    /// The settings that need other servers, by their names.
    private static func features(_ settings: Settings) -> [String] {
        var features: [String] = []
        if !settings.providers.isEmpty { features.append("providers") }
        if !settings.smtp.url.isEmpty { features.append("smtp.url") }
        if !settings.recaptcha.verifyURL.isEmpty { features.append("recaptcha.verify_url") }
        return features
    }
}

/// The runtime's HTTP client as the authority knows it.
struct OutboundWeb: Web {
    /// Bytes of metadata, keys and claims.
    private static let bodyBytesMax = 262_144

    let outbound: Outbound

    func get(_ url: String, bearer: [UInt8]?) async throws(PeerFailure) -> WebPage {
        var request = WebRequest(url, bodyBytesMax: Self.bodyBytesMax)
        request.bearer = bearer
        return try await fetch(request)
    }

    func post(_ url: String, form: [UInt8]) async throws(PeerFailure) -> WebPage {
        var request = WebRequest(url, bodyBytesMax: Self.bodyBytesMax)
        request.method = .post(form: form)
        return try await fetch(request)
    }

    private func fetch(_ request: WebRequest) async throws(PeerFailure) -> WebPage {
        do throws(OutboundError) {
            let answer = try await outbound.fetch(request)
            return WebPage(
                status: answer.status, cacheControl: answer.cacheControl, body: answer.body)
        } catch {
            throw PeerFailure(error)
        }
    }
}

/// The runtime's mail client as the authority knows it.
struct OutboundMails: MailCarrier {
    let outbound: Outbound
    let server: MailServer

    func carry(
        _ message: [UInt8], from sender: EmailAddress, to recipient: EmailAddress
    ) async throws(PeerFailure) {
        do throws(OutboundError) {
            try await outbound.send(
                OutboundMail(from: sender.text, to: recipient.text, message), by: server)
        } catch {
            throw PeerFailure(error)
        }
    }
}

extension PeerFailure {
    fileprivate init(_ error: OutboundError) {
        self.init(
            error.description, isOurs: error.reason == .stopped || error.reason == .overloaded)
    }
}

extension OutboundSettings {
    fileprivate init(_ settings: Settings.Outbound) {
        self.init()
        certificateFile = settings.caFile.isEmpty ? nil : settings.caFile
        allowsPlaintextToLoopback = settings.plaintextLoopback
        webTimeoutMilliseconds = settings.timeout.milliseconds
        connectTimeoutMilliseconds = min(connectTimeoutMilliseconds, webTimeoutMilliseconds)
        userAgent = "Signet/\(Version.text)"
    }
}

extension MailServer {
    fileprivate init(_ settings: Settings.SMTP) {
        self.init(
            settings.url,
            login: settings.user.isEmpty
                ? nil : (user: settings.user, password: settings.password?.text ?? ""))
    }
}

extension MailText.Sender {
    fileprivate init(_ from: MailSender, _ settings: Settings, _ issuer: String) {
        let page = settings.frontend.verificationPage
        self.init(
            address: from.address, name: from.name, publicAddress: issuer,
            verificationPage: page.isEmpty ? "\(issuer)/frontend/verify" : page)
    }
}
