internal import SignetAuthority
internal import SignetJSON

/// The body of a sign call: four well-known members, and whatever else becomes a claim.
struct SignRequest {
    private let body: RequestBody
    private var subject: JSONValue?
    private var audience: JSONValue?
    private var address: JSONValue?
    private var userAgent: JSONValue?

    /// Checks the body and copies its claims, byte for byte and in order, into `issuance`. The five
    /// that are the server's are left out (apps.md, "sign").
    static func read(
        _ body: RequestBody, requiring required: App.RequiredClaims, into issuance: Issuance
    ) throws(AppsError) {
        var request = SignRequest(body)
        try request.readMembers(into: &issuance.claims)
        let errors = request.errors(requiring: required)
        guard errors.isEmpty else { throw .invalid(errors) }
        request.setSubject(of: issuance)
    }

    private init(_ body: RequestBody) {
        self.body = body
    }

    /// One walk over the members: notes the well-known ones and copies all that become claims.
    private mutating func readMembers(into claims: inout [UInt8]) throws(AppsError) {
        var run = MemberRun(in: body.bytes)
        for member in body.members {
            switch MemberName(member.name, in: body.bytes) {
            case .reserved: continue
            case .subject: subject = try string(member.value)
            case .audience: audience = try string(member.value)
            case .address: address = try string(member.value)
            case .userAgent: userAgent = try string(member.value)
            case .other: break
            }
            run.append(member, to: &claims)
        }
        run.flush(to: &claims)
    }

    /// A well-known member; nil when it is null.
    private func string(_ value: JSONValue) throws(AppsError) -> JSONValue? {
        if value.isNull { return nil }
        guard value.isString else { throw .invalidType }
        return value
    }

    private func errors(requiring required: App.RequiredClaims) -> [FieldError] {
        var errors: [FieldError] = []
        func check(_ name: String, _ value: JSONValue?, _ claim: App.RequiredClaims) {
            if required.includes(claim), value?.isEmptyString ?? true {
                errors.append(FieldError(name, .required))
            }
        }
        check("sub", subject, .subject)
        check("aud", audience, .audience)
        check("ip", address, .address)
        if let address, !address.isEmptyString, !IPAddress.isValid(address, in: body.bytes) {
            errors.append(FieldError("ip", .address))
        }
        check("useragent", userAgent, .userAgent)
        return errors
    }

    private func setSubject(of issuance: Issuance) {
        subject?.withString(in: body.bytes) { issuance.setSubject($0) }
    }
}

/// What a member of a sign call is, by its name.
private enum MemberName {
    case subject, audience, address, userAgent
    /// One of the server's own claims; a caller's value for it is dropped.
    case reserved
    case other

    init(_ name: JSONValue, in bytes: UnsafeRawBufferPointer) {
        // The length tells most names apart without looking at their letters.
        switch name.hasEscapes ? nil : name.range.count - 2 {
        case 2: self = name.equals("ip", in: bytes) ? .address : .other
        case 3: self = Self.ofThreeLetters(name, bytes)
        case 9: self = name.equals("useragent", in: bytes) ? .userAgent : .other
        case nil where name.equals("ip", in: bytes): self = .address
        case nil where name.equals("useragent", in: bytes): self = .userAgent
        case nil: self = Self.ofThreeLetters(name, bytes)
        default: self = .other
        }
    }

    private static func ofThreeLetters(
        _ name: JSONValue, _ bytes: UnsafeRawBufferPointer
    ) -> MemberName {
        if name.equals("sub", in: bytes) { return .subject }
        if name.equals("aud", in: bytes) { return .audience }
        let isReserved =
            name.equals("jid", in: bytes) || name.equals("iat", in: bytes)
            || name.equals("nbf", in: bytes) || name.equals("exp", in: bytes)
            || name.equals("iss", in: bytes)
        return isReserved ? .reserved : .other
    }
}
