internal import SignetJSON

/// Reads the claims of verified payloads, one after the other, with memory that is kept. Not
/// `Sendable`: one for each thread.
package final class ClaimsReader {
    private var scanner = JSONScanner()

    package init() {}

    /// The registered claims of a verified payload; nil when it is not a JSON object, when a time is
    /// not an integer, or when `jid` is not a ULID.
    package func read(_ payload: UnsafeRawBufferPointer) -> RegisteredClaims? {
        guard let top = try? scanner.scan(payload), top.kind == .object else { return nil }
        var claims = RegisteredClaims()
        var otherID: ULID?
        var clientID: JSONValue?
        var subject: JSONValue?
        for member in scanner.members {
            if member.name.equals("exp", in: payload) {
                guard let time = member.value.integer(in: payload) else { return nil }
                claims.expires = time
            } else if member.name.equals("nbf", in: payload) {
                guard let time = member.value.integer(in: payload) else { return nil }
                claims.notBefore = time
            } else if member.name.equals("iat", in: payload) {
                claims.issued = member.value.integer(in: payload)
            } else if member.name.equals("client_id", in: payload) {
                clientID = member.value
            } else if member.name.equals("sub", in: payload) {
                subject = member.value
            } else if member.name.equals("jti", in: payload) {
                // A caller's claim may have this name; ours is then `jid`.
                otherID =
                    member.value.kind == .string
                    ? ULID(member.value.string(in: payload)) : nil
            } else if member.name.equals("jid", in: payload) {
                guard member.value.kind == .string, let id = ULID(member.value.string(in: payload))
                else { return nil }
                claims.tokenID = id
            }
        }
        if claims.tokenID == nil { claims.tokenID = otherID }
        if let clientID, let subject, clientID.isString, subject.isString {
            let name = clientID.string(in: payload)
            if name == subject.string(in: payload) {
                claims.clientID = String(decoding: name, as: UTF8.self)
            }
        }
        return claims
    }
}
