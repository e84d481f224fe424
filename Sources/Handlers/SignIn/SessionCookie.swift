internal import SignetAuthority
internal import SignetRuntime

/// The cookie that carries a refresh token (sign-in.md, "Cookie mode"; RFC 6265). It ends with the browser's
/// session, no page can read it, and no other site's request carries it.
struct SessionCookie: Sendable {
    static let name: StaticString = "signet-session"

    /// Whether browsers reach the server by TLS alone.
    private let isSecure: Bool
    /// `https://` or `http://`, and what a page of ours calls its origin.
    private let scheme: String
    private let origin: [UInt8]

    /// - Parameter publicAddress: the server's, without a slash at its end.
    init(publicAddress: String) {
        isSecure = publicAddress.hasPrefix("https://")
        scheme = isSecure ? "https://" : "http://"
        let host = publicAddress.dropFirst(scheme.utf8.count).prefix { $0 != "/" }
        origin = Array((scheme + host).utf8)
    }

    /// Has the browser keep a token, which has the characters of a JWS.
    func set(_ token: [UInt8], _ response: inout Response) {
        append(value: token, attributes: "", &response)
    }

    /// Has the browser forget it.
    func clear(_ response: inout Response) {
        append(
            value: [], attributes: "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", &response)
    }

    /// Whether a page of ours has sent a request, so that its cookie may change something: browsers say so
    /// by `Sec-Fetch-Site` (Fetch Metadata), older ones by `Origin` (RFC 6454), and no page can say it
    /// itself. `Host` is whom the browser meant; behind a proxy that changes it, the public address is.
    func isSameOrigin(_ exchange: Exchange) -> Bool {
        let request = exchange.request
        guard request.fieldCount("sec-fetch-site") <= 1, request.fieldCount("origin") <= 1 else {
            return false
        }
        return request.bytes.withUnsafeBytes { bytes in
            if let site = request.field("sec-fetch-site") {
                return UnsafeRawBufferPointer(rebasing: bytes[site]).isEqual(to: "same-origin")
            }
            guard let shown = request.field("origin") else { return false }
            let page = UnsafeRawBufferPointer(rebasing: bytes[shown])
            return page.isEqualIgnoringCase(to: origin)
                || page.isEqualIgnoringCase(to: Array(scheme.utf8) + bytes[request.host])
        }
    }

    private func append(value: [UInt8], attributes: String, _ response: inout Response) {
        let secure = isSecure ? "; Secure" : ""
        let line =
            Array("\(Self.name)=".utf8) + value
            + Array("; Path=/; HttpOnly; SameSite=Strict\(secure)\(attributes)".utf8)
        if let field = ResponseField("Set-Cookie", bytes: line) { response.fields.append(field) }
    }
}
