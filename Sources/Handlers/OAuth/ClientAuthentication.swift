internal import SignetAuthority
internal import SignetRuntime

/// How a client shows who it is: `client_secret_basic` or `client_secret_post` (RFC 6749 section
/// 2.3.1). Its id is the app's, its secret the app key.
struct ClientAuthentication {
    private let clientID: [UInt8]
    private let secret: [UInt8]

    private init(clientID: [UInt8], secret: [UInt8]) {
        self.clientID = clientID
        self.secret = secret
    }

    /// Reads the credentials of a request. Throws `invalid_request` for two of them, and
    /// `invalid_client` for none.
    init(_ exchange: Exchange, _ form: borrowing FormBody) throws(OAuthError) {
        if exchange.request.authorization != nil {
            self = try Self.basic(exchange, form)
        } else {
            self.init(
                clientID: form.withValue(.clientID) { [UInt8]($0) } ?? [],
                secret: form.withValue(.clientSecret) { [UInt8]($0) } ?? [])
        }
        guard !clientID.isEmpty, !secret.isEmpty else { throw .invalidClient }
    }

    private static func basic(
        _ exchange: Exchange, _ form: borrowing FormBody
    ) throws(OAuthError) -> ClientAuthentication {
        guard !exchange.request.hasRepeatedAuthorization, !form.has(.clientSecret) else {
            throw .invalidRequest("There is more than one client authentication.")
        }
        guard let token = exchange.credentials(of: "basic") else { throw .invalidClient }
        let basic = exchange.request.bytes.withUnsafeBytes {
            BasicCredentials(UnsafeRawBufferPointer(rebasing: $0[token]))
        }
        guard let basic, let clientID = decode(basic.userID), let secret = decode(basic.password)
        else { throw .invalidClient }
        // Ids have no letter case.
        let isSame = form.withValue(.clientID) { $0.isEqualIgnoringCase(to: clientID) } ?? true
        guard isSame else {
            throw .invalidRequest("The client ids of header and body differ.")
        }
        return ClientAuthentication(clientID: clientID, secret: secret)
    }

    /// The app that authenticated. A wrong id takes as long as a wrong secret (`Credentials`).
    func app(_ credentials: Credentials) throws(OAuthError) -> App {
        let access = clientID.withUnsafeBytes { clientID in
            secret.withUnsafeBytes { credentials.access(appID: clientID, key: $0) }
        }
        guard case .granted(let app) = access else { throw .invalidClient }
        return app
    }

    /// RFC 6749 section 2.3.1 has both parts encoded as in a form before they are joined, but many
    /// clients, `curl -u` among them, don't. An app key is made of `A-Za-z0-9+/`: what holds a
    /// percent sign is encoded; a plus sign is itself, because no id and no key has the space that it
    /// would stand for. So both readings are one, and one comparison.
    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        text.withUnsafeBytes { bytes in
            guard bytes.index(of: UInt8(ascii: "%"), from: 0) < bytes.count else { return text }
            var decoded: [UInt8] = []
            decoded.reserveCapacity(bytes.count)
            var start = 0
            while true {
                let percent = bytes.index(of: UInt8(ascii: "%"), from: start)
                decoded.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<percent]))
                guard percent < bytes.count else { return decoded }
                guard percent + 2 < bytes.count,
                    let byte = HexDigits.byte(bytes[percent + 1], bytes[percent + 2])
                else { return nil }
                decoded.append(byte)
                start = percent + 3
            }
        }
    }
}
