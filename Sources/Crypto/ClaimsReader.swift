package import SignetJSON

/// A claim of a token, as slices of its payload. For those who pass it on without a look at JSON.
package typealias Claim = JSONMember

/// Reads the claims of verified payloads, one after the other, with memory that is kept. Not
/// `Sendable`: one for each thread.
package final class ClaimsReader {
    private var scanner = JSONScanner()

    package init() {}

    /// The claims of the payload that was read last, in order; none when it was no JSON object.
    package var members: [Claim] { scanner.members }

    /// The registered claims of a verified payload; nil when it is not a JSON object, when a time is
    /// not an integer, or when `jid` is not a ULID.
    package func read(_ payload: UnsafeRawBufferPointer) -> RegisteredClaims? {
        guard let top = try? scanner.scan(payload), top.kind == .object else { return nil }
        var claims = RegisteredClaims()
        var otherID: ULID?
        var clientID: JSONValue?
        var subject: JSONValue?
        for member in scanner.members {
            let value = member.value
            switch ClaimName(member.name, in: payload) {
            case .expires:
                guard let time = value.integer(in: payload) else { return nil }
                claims.expires = time
            case .notBefore:
                guard let time = value.integer(in: payload) else { return nil }
                claims.notBefore = time
            case .issued: claims.issued = value.integer(in: payload)
            case .clientID: clientID = value
            case .subject: subject = value
            case .otherID: otherID = id(value, payload)
            case .id:
                guard let id = id(value, payload) else { return nil }
                claims.tokenID = id
            case nil: break
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

    private func id(_ value: JSONValue, _ payload: UnsafeRawBufferPointer) -> ULID? {
        guard value.isString else { return nil }
        guard value.hasEscapes else { return ULID(value.content(in: payload)) }
        return ULID(value.string(in: payload))
    }
}

/// A claim that the reader knows, by its name.
private enum ClaimName {
    case expires, notBefore, issued, subject, id, clientID
    /// `jti`: a caller's claim may have this name; ours is then `jid`.
    case otherID

    init?(_ name: JSONValue, in payload: UnsafeRawBufferPointer) {
        switch name.plainLength {
        case 3: self.init(threeLetters: name.content(in: payload))
        case 9 where name.equals("client_id", in: payload): self = .clientID
        case nil: self.init(escaped: name.string(in: payload))
        default: return nil
        }
    }

    private init?(threeLetters name: UnsafeRawBufferPointer) {
        switch (name[0], name[1], name[2]) {
        case (UInt8(ascii: "e"), UInt8(ascii: "x"), UInt8(ascii: "p")): self = .expires
        case (UInt8(ascii: "n"), UInt8(ascii: "b"), UInt8(ascii: "f")): self = .notBefore
        case (UInt8(ascii: "i"), UInt8(ascii: "a"), UInt8(ascii: "t")): self = .issued
        case (UInt8(ascii: "s"), UInt8(ascii: "u"), UInt8(ascii: "b")): self = .subject
        case (UInt8(ascii: "j"), UInt8(ascii: "i"), UInt8(ascii: "d")): self = .id
        case (UInt8(ascii: "j"), UInt8(ascii: "t"), UInt8(ascii: "i")): self = .otherID
        default: return nil
        }
    }

    /// Nobody escapes these names; if somebody does, there is time.
    private init?(escaped name: [UInt8]) {
        if name.count == 3 {
            guard let name = name.withUnsafeBytes({ ClaimName(threeLetters: $0) }) else {
                return nil
            }
            self = name
        } else if name.elementsEqual("client_id".utf8) {
            self = .clientID
        } else {
            return nil
        }
    }
}
