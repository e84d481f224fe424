internal import SignetAuthority
internal import SignetRuntime

/// How a client shows who it is: `client_secret_basic` or `client_secret_post` (RFC 6749 section
/// 2.3.1). Its id is the app's, its secret the app key.
///
/// Kept and read again, so that it allocates nothing in the long run.
struct ClientAuthentication {
    /// The decoded credentials.
    private var text: [UInt8] = []

    /// The app whose id and secret a request shows. A wrong id takes as long as a wrong secret
    /// (`Credentials`). Throws `invalid_request` for two of them, and `invalid_client` for none.
    mutating func app(
        _ exchange: Exchange, _ form: FormBody, _ credentials: Credentials
    ) throws(OAuthError) -> App {
        defer { text.removeAll(keepingCapacity: true) }
        let access: Credentials.AppAccess?
        if exchange.request.authorization != nil {
            let (clientID, secret) = try readBasic(exchange, form)
            access = text.withUnsafeBytes { text in
                credentials.access(
                    appID: UnsafeRawBufferPointer(rebasing: text[clientID]),
                    key: UnsafeRawBufferPointer(rebasing: text[secret]))
            }
        } else {
            access = form.withValue(.clientID) { clientID in
                form.withValue(.clientSecret) { credentials.access(appID: clientID, key: $0) }
            }.flatMap(\.self)
        }
        guard case .granted(let app) = access else { throw .invalidClient }
        return app
    }

    /// Where the id and the secret of `client_secret_basic` are in `text`.
    private mutating func readBasic(
        _ exchange: Exchange, _ form: FormBody
    ) throws(OAuthError) -> (clientID: Range<Int>, secret: Range<Int>) {
        guard !exchange.request.hasRepeatedAuthorization, !form.has(.clientSecret) else {
            throw .invalidRequest("There is more than one client authentication.")
        }
        guard let token = exchange.credentials(of: "basic") else { throw .invalidClient }
        let basic = exchange.request.bytes.withUnsafeBytes {
            BasicCredentials.read(UnsafeRawBufferPointer(rebasing: $0[token]), into: &text)
        }
        guard let basic, let clientID = decode(basic.userID), let secret = decode(basic.password)
        else { throw .invalidClient }
        guard !clientID.isEmpty, !secret.isEmpty else { throw .invalidClient }
        // Ids have no letter case.
        let isSame = form.withValue(.clientID) { $0.isEqualIgnoringCase(to: text[clientID]) }
        guard isSame ?? true else {
            throw .invalidRequest("The client ids of header and body differ.")
        }
        return (clientID, secret)
    }

    /// Where `range` of `text` is without percent signs; nil when it is wrongly encoded.
    ///
    /// RFC 6749 section 2.3.1 has both parts encoded as in a form before they are joined, but many
    /// clients, `curl -u` among them, don't. An app key is made of `A-Za-z0-9+/`: what holds a
    /// percent sign is encoded; a plus sign is itself, because no id and no key has the space that it
    /// would stand for. So both readings are one, and one comparison.
    private mutating func decode(_ range: Range<Int>) -> Range<Int>? {
        text.withUnsafeMutableBytes { bytes in
            // What is decoded is no longer than before, so it stays in its place.
            var (index, end) = (range.lowerBound, range.lowerBound)
            while true {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[index..<range.upperBound])
                let plainCount = rest.index(of: UInt8(ascii: "%"), from: 0)
                if index > end {
                    UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<plainCount]))
                }
                index += plainCount
                end += plainCount
                guard index < range.upperBound else { return range.lowerBound..<end }
                guard index + 2 < range.upperBound,
                    let byte = HexDigits.byte(bytes[index + 1], bytes[index + 2])
                else { return nil }
                bytes[end] = byte
                index += 3
                end += 1
            }
        }
    }
}
