internal import SignetJSON

/// The `aud` of an access token: what the request names by `resource` (RFC 8707), and by `audience`
/// (the name that RFC 8693 section 2.1 gives it); the issuer when it names none (RFC 9068 section 3
/// asks for a default).
enum Audience {
    /// Bytes of one of its values.
    private static let bytesMax = 2048

    /// Appends the claim's value: a string, or an array of them when there are several. Throws
    /// `invalid_target` for what can be neither.
    static func write(
        _ form: FormBody, issuer: String, to claims: inout [UInt8]
    ) throws(OAuthError) {
        let hasAudience = form.has(.audience)
        let count = form.resourceCount + (hasAudience ? 1 : 0)
        guard count > 0 else { return claims.append(jsonString: issuer) }
        if count > 1 { claims.append(literal: "[") }
        for index in 0..<form.resourceCount {
            if index > 0 { claims.append(literal: ",") }
            try form.withResource(index) { uri throws(OAuthError) in
                try checkResource(uri)
                claims.append(jsonString: uri)
            }
        }
        if hasAudience, count > 1 { claims.append(literal: ",") }
        try form.withValue(.audience) { name throws(OAuthError) in
            try checkName(name)
            claims.append(jsonString: name)
        }
        if count > 1 { claims.append(literal: "]") }
    }

    /// A resource is an absolute URI without a fragment (RFC 8707 section 2, RFC 3986 section 4.3).
    private static func checkResource(_ uri: UnsafeRawBufferPointer) throws(OAuthError) {
        guard uri.count <= bytesMax else { throw .invalidTarget("The resource is too long.") }
        guard let colon = uri.firstIndex(of: UInt8(ascii: ":")), isScheme(uri[..<colon]),
            colon + 1 < uri.count, uri[colon...].allSatisfy(isURICharacter)
        else { throw .invalidTarget("The resource is not an absolute URI without a fragment.") }
    }

    /// An audience is a name that the two sides agreed on: printable ASCII.
    private static func checkName(_ name: UnsafeRawBufferPointer) throws(OAuthError) {
        guard name.count <= bytesMax, name.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .invalidTarget("The audience is malformed or too long.")
        }
    }

    /// RFC 3986 section 3.1.
    private static func isScheme(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let first = text.first, isLetter(first) else { return false }
        return text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: isLetter(byte)
            }
        }
    }

    /// A character of RFC 3986 but for the number sign, which begins a fragment.
    private static func isURICharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "{")...UInt8(ascii: "}"):
            false
        default: (0x21...0x7E).contains(byte)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
