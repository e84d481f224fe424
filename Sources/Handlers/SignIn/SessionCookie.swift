internal import SignetAuthority
internal import SignetRuntime

/// The cookie that carries a refresh token (sign-in.md, "Cookie mode"; RFC 6265). It ends with the browser's
/// session, no page can read it, and no other site's request carries it.
struct SessionCookie: Sendable {
    static let name: StaticString = "signet-session"

    /// Whether browsers reach the server by TLS alone.
    private let isSecure: Bool
    private let page: PageOrigin

    /// - Parameter publicAddress: the server's, without a slash at its end.
    init(publicAddress: String) {
        isSecure = publicAddress.hasPrefix("https://")
        page = PageOrigin(publicAddress: publicAddress)
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

    /// Whether a page of ours has sent a request, so that its cookie may change something.
    func isSameOrigin(_ exchange: Exchange) -> Bool { page.sender(of: exchange) == .own }

    /// Whether a page of another site has sent a request.
    func isOfAnotherSite(_ exchange: Exchange) -> Bool { page.sender(of: exchange) == .another }

    private func append(value: [UInt8], attributes: String, _ response: inout Response) {
        let secure = isSecure ? "; Secure" : ""
        let line =
            Array("\(Self.name)=".utf8) + value
            + Array("; Path=/; HttpOnly; SameSite=Strict\(secure)\(attributes)".utf8)
        if let field = ResponseField("Set-Cookie", bytes: line) { response.fields.append(field) }
    }
}
