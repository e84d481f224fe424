internal import SignetAuthority
internal import SignetRuntime

/// What tells those who write clients what the server speaks: docs/openapi.yaml, and a page that shows it.
package struct InterfaceDocument: Sendable {
    /// The page as it is sent. It loads nothing and runs nothing.
    package struct Page: Sendable {
        let html: [UInt8]
        let fields: [ResponseField]

        /// - Parameter styleDigest: the SHA-256 of the text in the page's one style element, as base64: a browser
        ///   heeds no other.
        package init(html: [UInt8], styleDigest: [UInt8]) {
            self.html = html
            let start = "default-src 'none'; style-src 'sha256-"
            let end = "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            let policy = ResponseField(
                "Content-Security-Policy", bytes: Array(start.utf8) + styleDigest + Array(end.utf8))
            guard let policy else { preconditionFailure("a digest with controls") }
            fields = [policy, ResponseField("Referrer-Policy", "no-referrer")]
        }
    }

    private let yaml: [UInt8]
    private let page: @Sendable () async -> Page

    /// - Parameter page: makes the page, or gives the one that was made; on any executor.
    package init(yaml: [UInt8], page: @escaping @Sendable () async -> Page) {
        self.yaml = yaml
        self.page = page
    }

    /// Answers GET and HEAD. Both answers are large and cost no credential, so that they count as requests of the
    /// address.
    func respond(to exchange: Exchange, _ route: InterfaceRoute, _ rateLimits: RateLimits?) {
        guard exchange.request.method == .get || exchange.request.method == .head else {
            return Self.refuse(exchange, .methodNotAllowed(allow: "GET, HEAD"))
        }
        if let decision = rateLimits?.admitAddress(of: exchange),
            case .refused(let refusal) = decision
        {
            return Self.refuse(exchange, .rateLimited(refusal))
        }
        switch route {
        case .document:
            exchange.response.contentType = "application/yaml"
            exchange.response.body = yaml
            exchange.finish()
        case .page:
            exchange.run { [page] in
                let made = await page()
                exchange.response.contentType = "text/html; charset=utf-8"
                exchange.response.fields += made.fields
                exchange.response.body = made.html
                exchange.finish()
            }
        }
    }

    private static func refuse(_ exchange: Exchange, _ refusal: ServerRefusal) {
        ProblemDetails.write(refusal.status, refusal.text, to: &exchange.response)
        refusal.writeFields(to: &exchange.response)
        exchange.finish()
    }
}

/// The routes of the interface document.
enum InterfaceRoute {
    case document, page

    /// Nil for any other path.
    init?(_ path: Path) {
        guard path.count == 1 else { return nil }
        if path.has("openapi.yaml", at: 0) {
            self = .document
        } else if path.has("docs", at: 0) {
            self = .page
        } else {
            return nil
        }
    }

    var name: RouteName {
        switch self {
        case .document: .interfaceDocument
        case .page: .interfacePage
        }
    }
}
