/// Where other servers are asked over HTTP, so that no loop waits for them. The runtime's `Outbound` in a
/// server.
package protocol Web: Sendable {
    /// Asks for a page.
    ///
    /// - Parameter bearer: shown as `Authorization: Bearer`.
    func get(_ url: String, bearer: [UInt8]?) async throws(PeerFailure) -> WebPage

    /// Posts a form (`application/x-www-form-urlencoded`).
    func post(_ url: String, form: [UInt8]) async throws(PeerFailure) -> WebPage
}

/// What another server answered, whatever its status.
package struct WebPage: Sendable {
    package let status: Int
    /// The field `Cache-Control`; empty when there is none.
    package let cacheControl: String
    package let body: [UInt8]

    package init(status: Int, cacheControl: String, body: [UInt8]) {
        self.status = status
        self.cacheControl = cacheControl
        self.body = body
    }

    /// For how many seconds the page may be kept (`max-age`, RFC 9111 section 5.2.2.1); nil when it does not say,
    /// 0 when it may not be.
    var maxAge: Int64? {
        let directives = cacheControl.lowercased().split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        if directives.contains("no-store") || directives.contains("no-cache") { return 0 }
        let age = directives.first { $0.hasPrefix("max-age=") }
        return age.flatMap { Int64($0.dropFirst("max-age=".count)) }.map { max(0, $0) }
    }
}

/// Why another server did not do what it was asked for. Its text is for the log and names no secret.
package struct PeerFailure: Error, CustomStringConvertible {
    package let description: String
    /// Whether the other server has nothing to do with it: this one is about to end, or has too much
    /// under way.
    package let isOurs: Bool

    package init(_ description: String, isOurs: Bool = false) {
        self.description = description
        self.isOurs = isOurs
    }
}
