internal import SignetJSON
internal import SignetRuntime

/// The `X-Auth-…` fields, by which `/auth/check` tells the application behind a proxy who calls.
///
/// No value can break a line or be taken for another (RFC 9110 section 5.5): the subject is
/// percent-encoded (RFC 3986 section 2.1) where it is not visible ASCII, and where it has a percent
/// sign, so that two subjects never look the same; the claims are base64url as they stand in the
/// token. What is no string, empty or too long is left out.
struct AuthFields {
    /// Bytes of an encoded subject.
    private static let subjectBytesMax = 1024
    /// Bytes of the encoded claims. With many of them nginx needs a larger `proxy_buffer_size`.
    private static let claimsBytesMax = 8192

    private(set) var fields: [ResponseField] = []
    /// Whether the claims are those of a refresh token that another issuer made with an imported key:
    /// its type, and no subject.
    private(set) var areOfRefreshToken = false

    /// Whether claims are shown.
    private(set) var hasClaims = false

    /// - Parameter realm: whose token it is.
    init(realm: String) {
        append("X-Auth-Realm", Array(realm.utf8))
    }

    /// Takes subject and session out of a token's claims.
    mutating func read(_ claims: UnsafeRawBufferPointer, _ members: [JSONMember]) {
        var session: [UInt8]?
        let isNamed = members.contains { $0.name.equals("sub", in: claims) }
        for member in members where member.value.isString {
            if member.name.equals("sub", in: claims) {
                setSubject(member.value.string(in: claims))
            } else if member.name.equals("type", in: claims) {
                areOfRefreshToken = !isNamed && member.value.equals("refresh", in: claims)
            } else if member.name.equals("jid", in: claims) {
                session = member.value.string(in: claims)
            } else if member.name.equals("jti", in: claims) {
                // An app's own token has its session in `jid`; its `jti` is the caller's.
                session = session ?? member.value.string(in: claims)
            }
        }
        if let session { setSession(session) }
    }

    /// Takes whose token it is.
    mutating func setSubject(_ text: [UInt8]) {
        let subject = Self.encode(text)
        guard (1...Self.subjectBytesMax).contains(subject.count) else { return }
        append("X-Auth-Subject", subject)
    }

    /// Takes the session, or the id of a token that has none.
    mutating func setSession(_ text: [UInt8]) { append("X-Auth-Session", text) }

    /// Takes the claims as they stand in the token.
    mutating func setClaims(ofToken token: UnsafeRawBufferPointer) {
        let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard segments.count == 3 else { return }
        setClaims([UInt8](segments[1]))
    }

    /// Takes claims in base64url.
    mutating func setClaims(_ claims: [UInt8]) {
        guard claims.count <= Self.claimsBytesMax else { return }
        append("X-Auth-Claims", claims)
        hasClaims = true
    }

    private mutating func append(_ name: StaticString, _ value: [UInt8]) {
        if let field = ResponseField(name, bytes: value) { fields.append(field) }
    }

    private static func encode(_ text: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.count)
        for byte in text {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(HexDigits.digit(byte >> 4))
                encoded.append(HexDigits.digit(byte & 0x0F))
            }
        }
        return encoded
    }
}
