internal import SignetRuntime

/// Which web pages of other origins may read our answers: the CORS protocol of the Fetch standard
/// (section 3.3). Requests without `Origin` are none of its business.
package struct CORS: Sendable {
    private let origins: [[UInt8]]
    private let allowsAll: Bool

    /// Nil when there are no origins: then nothing is ever allowed.
    ///
    /// - Parameter origins: as browsers spell them, such as `https://app.example.org`; or `*` alone
    ///   for all.
    package init?(origins: [String]) {
        guard !origins.isEmpty else { return nil }
        self.origins = origins.map { Array($0.utf8) }
        allowsAll = origins == ["*"]
    }

    /// Has the answer say whether the request's origin may read it: whether it may.
    @discardableResult
    func mark(_ exchange: Exchange) -> Bool {
        guard let range = exchange.request.field("origin") else { return false }
        if allowsAll {
            exchange.response.fields.append(ResponseField("Access-Control-Allow-Origin", "*"))
        } else {
            // Or a cache would show one origin what another was answered.
            exchange.response.fields.append(ResponseField("Vary", "Origin"))
            let origin = exchange.request.bytes[range]
            guard let known = origins.first(where: { $0.elementsEqual(origin) }),
                let field = ResponseField("Access-Control-Allow-Origin", bytes: known)
            else { return false }
            exchange.response.fields.append(field)
        }
        exchange.response.fields.append(
            ResponseField("Access-Control-Expose-Headers", "Content-Length"))
        return true
    }

    /// Answers a preflight, by which a browser asks whether a page of an allowed origin may send
    /// what it wants to; false when the request is none.
    func answersPreflight(_ exchange: Exchange) -> Bool {
        guard exchange.request.method == .options,
            exchange.request.field("access-control-request-method") != nil
        else { return false }
        exchange.response.status = .noContent
        exchange.response.fields += [
            ResponseField(
                "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
            ResponseField("Access-Control-Allow-Headers", "Origin, Authorization, Content-Type"),
            // Browsers ask again after this many seconds, some of them sooner.
            ResponseField("Access-Control-Max-Age", "3600"),
        ]
        return true
    }
}
