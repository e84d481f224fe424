internal import SignetRuntime

/// Which page has had a browser send a request, as far as browsers say so: by `Sec-Fetch-Site` (Fetch
/// Metadata), older ones by `Origin` (RFC 6454). No page can say it itself. `Host` is whom the browser
/// meant; behind a proxy that changes it, the public address is.
struct PageOrigin: Sendable {
    enum Sender {
        /// A page of ours.
        case own
        /// A page of another site.
        case another
        /// Nobody says: no browser, or the user without any page.
        case unknown
    }

    /// `https://` or `http://`, and what a page of ours calls its origin.
    private let scheme: String
    private let origin: [UInt8]

    /// - Parameter publicAddress: the server's, without a slash at its end.
    init(publicAddress: String) {
        scheme = publicAddress.hasPrefix("https://") ? "https://" : "http://"
        let host = publicAddress.dropFirst(scheme.utf8.count).prefix { $0 != "/" }
        origin = Array((scheme + host).utf8)
    }

    func sender(of exchange: Exchange) -> Sender {
        let request = exchange.request
        guard request.fieldCount("sec-fetch-site") <= 1, request.fieldCount("origin") <= 1 else {
            return .another
        }
        return request.bytes.withUnsafeBytes { bytes in
            if let site = request.field("sec-fetch-site") {
                let site = UnsafeRawBufferPointer(rebasing: bytes[site])
                if site.isEqual(to: "same-origin") { return .own }
                return site.isEqual(to: "none") ? .unknown : .another
            }
            guard let shown = request.field("origin") else { return .unknown }
            let page = UnsafeRawBufferPointer(rebasing: bytes[shown])
            let isOwn =
                page.isEqualIgnoringCase(to: origin)
                || page.isEqualIgnoringCase(to: Array(scheme.utf8) + bytes[request.host])
            return isOwn ? .own : .another
        }
    }
}
