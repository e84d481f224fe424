internal import CCurl

/// What asks other servers, on behalf of all loops: HTTP and mail by libcurl, on a loop of its own.
///
/// A loop of its own, since libcurl reads certificates and makes handshakes where it runs, which takes
/// milliseconds (docs/decisions/0019-outbound.md). libcurl is loaded with the first transfer.
package actor Outbound {
    private static let redirectionsMax = 3

    private let eventLoop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let settings: OutboundSettings
    private var multi: CurlMulti?
    private var isStopped = false

    package init(_ settings: OutboundSettings, on eventLoop: EventLoop) {
        self.settings = settings
        self.eventLoop = eventLoop
    }

    /// Asks for a page. Follows redirections of a `get` on the same server, and no others.
    package func fetch(_ request: WebRequest) async throws(OutboundError) -> WebAnswer {
        var url = try permitted(request.url, [.https, .http])
        guard request.hasPlainBearer else {
            throw OutboundError(.refused, "\(url.host): the token can't stand in a header field")
        }
        for _ in 0...Self.redirectionsMax {
            let transfer = try self.transfer(to: url, bodyBytesMax: request.bodyBytesMax)
            configure(transfer, for: request)
            try await run(transfer)
            guard let target = transfer.redirection else {
                return WebAnswer(
                    status: transfer.status, cacheControl: transfer.field("Cache-Control"),
                    body: transfer.body)
            }
            guard let next = OutboundURL(target), next.hasOrigin(of: url),
                case .get = request.method
            else { throw OutboundError(.redirected, "\(url.host): redirects elsewhere") }
            url = next
        }
        throw OutboundError(.redirected, "\(url.host): redirects without end")
    }

    /// Hands a mail to a mail server, which has taken it when this returns.
    package func send(_ mail: OutboundMail, by server: MailServer) async throws(OutboundError) {
        let url = try permitted(server.url, [.smtps, .smtp])
        guard mail.hasPlainAddresses, !mail.message.isEmpty else {
            throw OutboundError(.refused, "\(url.host): the address can't stand in an envelope")
        }
        let transfer = try self.transfer(
            to: url, bodyBytesMax: 4096, message: mail.message)
        transfer.set(CURLOPT_TIMEOUT_MS, settings.mailTimeoutMilliseconds)
        let isPlaintextAllowed = settings.allowsPlaintextToLoopback && url.isLoopback
        transfer.set(
            CURLOPT_USE_SSL,
            Int((isPlaintextAllowed ? CURLUSESSL_TRY : CURLUSESSL_ALL).rawValue))
        transfer.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        transfer.set(CURLOPT_MAIL_RCPT, list: ["<\(mail.recipient)>"])
        if let login = server.login {
            transfer.set(CURLOPT_USERNAME, login.user)
            transfer.set(CURLOPT_PASSWORD, login.password)
            // Others may ask servers of their own, and wait for them on this thread (Kerberos).
            transfer.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        }
        try await run(transfer)
    }

    /// Loads libcurl, which otherwise happens with the first transfer. Throws `libraryMissing`.
    package func prepare() throws(OutboundError) {
        guard multi == nil else { return }
        guard !isStopped else { throw OutboundError(.stopped, "the server stops") }
        var reason = [CChar](repeating: 0, count: 256)
        guard signet_curl_load(settings.library, &reason, reason.count) == 0 else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            throw OutboundError(
                .libraryMissing, "libcurl can't be used, install the package libcurl4 (\(text))")
        }
        multi = CurlMulti(on: eventLoop)
        guard multi != nil else { throw OutboundError(.overloaded, "libcurl has no memory") }
    }

    /// Ends what is under way, and refuses what comes. Before the loop is stopped.
    package func stop() {
        isStopped = true
        multi?.close()
        multi = nil
    }

    /// How many transfers are under way; for tests.
    var transferCount: Int { multi?.count ?? 0 }

    /// Throws `refused` for an address that may not be asked.
    private func permitted(
        _ text: String, _ schemes: [OutboundURL.Scheme]
    ) throws(OutboundError) -> OutboundURL {
        guard let url = OutboundURL(text), schemes.contains(url.scheme) else {
            throw OutboundError(.refused, "an address is malformed or of a wrong kind")
        }
        let isPlaintextAllowed = settings.allowsPlaintextToLoopback && url.isLoopback
        guard url.scheme != .http || isPlaintextAllowed else {
            throw OutboundError(.refused, "\(url.host): only https is spoken with other servers")
        }
        return url
    }

    /// A transfer with what all have in common.
    private func transfer(
        to url: OutboundURL, bodyBytesMax: Int, message: [UInt8] = []
    ) throws(OutboundError) -> Transfer {
        try prepare()
        guard
            let transfer = Transfer(to: url, bodyBytesMax: bodyBytesMax, message: message)
        else { throw OutboundError(.overloaded, "libcurl has no memory") }
        transfer.set(CURLOPT_URL, url.text)
        transfer.set(CURLOPT_PROTOCOLS_STR, url.scheme.rawValue)
        transfer.set(CURLOPT_NOSIGNAL, 1)
        // Else the end of a transfer would wait for the thread that looks its name up.
        transfer.set(CURLOPT_QUICK_EXIT, 1)
        // Whoever sets a proxy for others programs has not thought of tokens.
        transfer.set(CURLOPT_PROXY, "")
        transfer.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.certificateFile { transfer.set(CURLOPT_CAINFO, file) }
        transfer.set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeoutMilliseconds)
        return transfer
    }

    private func configure(_ transfer: Transfer, for request: WebRequest) {
        transfer.set(CURLOPT_TIMEOUT_MS, settings.webTimeoutMilliseconds)
        transfer.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        transfer.set(CURLOPT_USERAGENT, settings.userAgent)
        transfer.set(CURLOPT_MAXFILESIZE, request.bodyBytesMax)
        var fields = ["Accept: application/json"]
        if let bearer = request.bearer {
            fields.append("Authorization: Bearer \(String(decoding: bearer, as: UTF8.self))")
        }
        if case .post(let form) = request.method {
            transfer.setForm(form)
            // Else libcurl waits for a permission to send a longer body.
            fields.append("Expect:")
        }
        transfer.set(CURLOPT_HTTPHEADER, list: fields)
    }

    private func run(_ transfer: Transfer) async throws(OutboundError) {
        guard let multi else { throw OutboundError(.stopped, "the server stops") }
        guard multi.count < settings.transfersMax else {
            throw OutboundError(
                .overloaded, "\(transfer.url.host): too many requests are under way")
        }
        let code = await withUnsafeContinuation { continuation in
            transfer.start(on: multi) { continuation.resume(returning: $0) }
        }
        guard let code else { throw OutboundError(.stopped, "the server stops") }
        guard code == CURLE_OK else { throw transfer.error(code) }
    }
}
