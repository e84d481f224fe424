internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/sign`: signs the claims of the body into a token pair of a new session.
    func sign(_ exchange: Exchange, _ app: App) async throws(AppsError) {
        let issuance = leaseIssuance()
        defer { giveBack(issuance) }
        try exchange.withBody { bytes throws(AppsError) in
            let body = try RequestBody(bytes, &scanner)
            try SignRequest.read(body, requiring: app.terms.requiredClaims, into: issuance)
        }
        do throws(AuthorityError) {
            try await registry.issue(issuance, for: app, at: exchange.receivedAt)
        } catch {
            throw AppsError(error)
        }
        guard let key = issuance.key else { throw .internal }
        render(issuance, key, into: &exchange.response)
    }

    private func render(_ issuance: Issuance, _ key: RealmKey, into response: inout Response) {
        response.isUncacheable = true
        response.body.append(literal: #"{"key_id":""#)
        response.body.append(contentsOf: key.idText.utf8)
        response.body.append(literal: #"","public_key":"#)
        response.body.append(publicKey: key)
        response.body.append(literal: #","auth_token":""#)
        issuance.withAuthToken { response.body.append(contentsOf: $0) }
        response.body.append(literal: #"","refresh_token":""#)
        issuance.withRefreshToken { response.body.append(contentsOf: $0) }
        response.body.append(literal: #""}"#)
    }
}

extension [UInt8] {
    /// Appends a key's public part as this dialect shows it: the base64 of the PEM, or `null`.
    mutating func append(publicKey key: RealmKey) {
        guard let text = key.publicKeyText else { return append(literal: "null") }
        append(UInt8(ascii: "\""))
        append(contentsOf: text)
        append(UInt8(ascii: "\""))
    }
}

/// The body of a sign call: four well-known members, and whatever else becomes a claim.
enum SignRequest {
    /// Checks the body and copies its claims, byte for byte and in order, into `issuance`. The five
    /// that are the server's are left out (apps.md, "sign").
    static func read(
        _ body: RequestBody, requiring required: App.RequiredClaims, into issuance: Issuance
    ) throws(AppsError) {
        let subject = try body.string("sub")
        let audience = try body.string("aud")
        let address = try body.string("ip")
        let userAgent = try body.string("useragent")

        var errors: [FieldError] = []
        func check(_ name: String, _ value: JSONValue?, _ claim: App.RequiredClaims) {
            if required.contains(claim), value?.isEmptyString ?? true {
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
        guard errors.isEmpty else { throw .invalid(errors) }

        if let subject {
            if subject.hasEscapes {
                subject.string(in: body.bytes).withUnsafeBytes { issuance.setSubject($0) }
            } else {
                issuance.setSubject(subject.content(in: body.bytes))
            }
        }
        copyClaims(body, into: &issuance.claims)
    }

    private static func copyClaims(_ body: RequestBody, into claims: inout [UInt8]) {
        for member in body.members where !isReserved(member.name, in: body.bytes) {
            if !claims.isEmpty { claims.append(UInt8(ascii: ",")) }
            claims.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: body.bytes[member.range]))
        }
    }

    private static func isReserved(_ name: JSONValue, in bytes: UnsafeRawBufferPointer) -> Bool {
        // All five have three letters, which spares the comparisons for nearly every other name.
        guard name.hasEscapes || name.range.count == 5 else { return false }
        return name.equals("jid", in: bytes) || name.equals("iat", in: bytes)
            || name.equals("nbf", in: bytes) || name.equals("exp", in: bytes)
            || name.equals("iss", in: bytes)
    }
}
