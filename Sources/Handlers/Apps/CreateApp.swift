internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/root/create`: makes an app, and shows its key this once.
    func createApp(_ exchange: Exchange) throws(AppsError) {
        let terms = try exchange.withBody { bytes throws(AppsError) in
            try AppDraftRequest.read(try RequestBody(bytes, &scanner))
        }
        answerLater(exchange) { () async throws(AppsError) in
            try await self.createApp(terms, exchange)
        }
    }

    private func createApp(_ terms: App.Terms, _ exchange: Exchange) async throws(AppsError) {
        let created: Apps.Created
        do throws(AuthorityError) {
            created = try await authority.apps.create(terms, at: exchange.receivedAt)
        } catch {
            throw AppsError(error)
        }
        exchange.response.isUncacheable = true
        exchange.response.body.append(literal: #"{"app_id":"#)
        exchange.response.body.append(jsonString: created.app.idText)
        exchange.response.body.append(literal: #","app_key":"#)
        exchange.response.body.append(jsonString: created.appKey)
        exchange.response.body.append(literal: #","public_key":"#)
        exchange.response.body.append(publicKey: created.signingKey)
        exchange.response.body.append(literal: #","algo":"#)
        exchange.response.body.append(jsonString: created.app.algorithmName)
        exchange.response.body.append(literal: "}")
        exchange.finish()
    }
}

/// The body of a create call (apps.md, "create").
enum AppDraftRequest {
    private static let lifeSeconds: ClosedRange<Int64> = 60...31_536_000
    private static let delaySeconds: ClosedRange<Int64> = 0...31_536_000
    private static let graceSeconds: ClosedRange<Int64> = 0...300
    private static let textBytesMax = 255

    /// Checks the body: first the types of all fields, then their values, all failures together.
    static func read(_ body: RequestBody) throws(AppsError) -> App.Terms {
        let name = try body.string("name")
        let description = try body.string("description")
        let keyType = try body.string("key_type")?.string(in: body.bytes)
        let algorithm = try body.string("algo")?.string(in: body.bytes)
        let tokenExpire = try body.integer("token_expire")
        let tokenNotBefore = try body.integer("token_notbefore") ?? 0
        let refreshExpire = try body.integer("refresh_expire")
        let refreshNotBefore = try body.integer("refresh_notbefore") ?? 0
        let rotationPeriod = try body.integer("rotation_period")
        let refreshGrace = try body.integer("refresh_grace")
        let requiredClaims = try requiredClaims(body)

        var errors: [FieldError] = []
        check("name", name, isRequired: true, body, &errors)
        check("description", description, isRequired: false, body, &errors)
        check("token_expire", required: tokenExpire, &errors)
        check("token_notbefore", tokenNotBefore, delaySeconds, &errors)
        check("refresh_expire", required: refreshExpire, &errors)
        check("refresh_notbefore", refreshNotBefore, delaySeconds, &errors)
        let kind = checkKeyType(keyType, &errors)
        if algorithm?.isEmpty ?? true { errors.append(FieldError("algo", .required)) }
        check("rotation_period", required: rotationPeriod, &errors)
        if let refreshGrace { check("refresh_grace", refreshGrace, graceSeconds, &errors) }
        if requiredClaims == nil { errors.append(FieldError("required_claims", .choice)) }

        guard errors.isEmpty, let name, let algorithm, let kind, let tokenExpire, let refreshExpire,
            let rotationPeriod, let requiredClaims
        else { throw .invalid(errors) }
        guard let chosen = kind.algorithm(named: algorithm) else {
            throw .algorithmMismatch(keyType: kind.name, algorithms: kind.algorithmNames)
        }
        var terms = App.Terms(
            name: String(decoding: name.string(in: body.bytes), as: UTF8.self), algorithm: chosen,
            tokenExpire: tokenExpire, refreshExpire: refreshExpire, rotationPeriod: rotationPeriod)
        terms.description = String(
            decoding: description?.string(in: body.bytes) ?? [], as: UTF8.self)
        terms.tokenNotBefore = tokenNotBefore
        terms.refreshNotBefore = refreshNotBefore
        if let refreshGrace { terms.refreshGrace = refreshGrace }
        terms.requiredClaims = requiredClaims
        return terms
    }

    private static func check(
        _ field: String, _ value: JSONValue?, isRequired: Bool, _ body: RequestBody,
        _ errors: inout [FieldError]
    ) {
        guard let value, !value.isEmptyString else {
            if isRequired { errors.append(FieldError(field, .required)) }
            return
        }
        let text = value.string(in: body.bytes)
        if !text.allSatisfy(AppName.allows) {
            errors.append(FieldError(field, .name))
        } else if text.count > textBytesMax {
            errors.append(FieldError(field, .maximum(Int64(textBytesMax))))
        }
    }

    /// A number that must be there; 0 counts as missing.
    private static func check(
        _ field: String, required value: Int64?, _ errors: inout [FieldError]
    ) {
        guard let value, value != 0 else { return errors.append(FieldError(field, .required)) }
        check(field, value, lifeSeconds, &errors)
    }

    private static func check(
        _ field: String, _ value: Int64, _ range: ClosedRange<Int64>, _ errors: inout [FieldError]
    ) {
        if value < range.lowerBound { errors.append(FieldError(field, .minimum(range.lowerBound))) }
        if value > range.upperBound { errors.append(FieldError(field, .maximum(range.upperBound))) }
    }

    private static func checkKeyType(_ value: [UInt8]?, _ errors: inout [FieldError]) -> AppKeyType?
    {
        guard let value, !value.isEmpty else {
            errors.append(FieldError("key_type", .required))
            return nil
        }
        guard let kind = AppKeyType(value) else {
            errors.append(FieldError("key_type", .choice))
            return nil
        }
        return kind
    }

    /// The claims that sign calls must have; all four when the field is absent, nil when it names
    /// another. Anything but a list of strings is a type error.
    private static func requiredClaims(
        _ body: RequestBody
    ) throws(AppsError) -> App.RequiredClaims? {
        guard let value = body["required_claims"] else { return .all }
        guard value.kind == .array else { throw .invalidType }
        let raw = value.raw(in: body.bytes)
        var scanner = JSONScanner()
        // The whole body was scanned, so its parts are good JSON.
        guard (try? scanner.scan(raw)) != nil else { throw .invalidJSON }
        guard scanner.elements.allSatisfy({ $0.kind == .string }) else { throw .invalidType }
        var claims: App.RequiredClaims = []
        for element in scanner.elements {
            if element.equals("sub", in: raw) {
                claims.insert(.subject)
            } else if element.equals("aud", in: raw) {
                claims.insert(.audience)
            } else if element.equals("ip", in: raw) {
                claims.insert(.address)
            } else if element.equals("useragent", in: raw) {
                claims.insert(.userAgent)
            } else {
                return nil
            }
        }
        return claims
    }
}

/// The characters of app names and descriptions: `[a-zA-Z0-9@._\-\s]`.
enum AppName {
    static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "), 0x09, 0x0A, 0x0C, 0x0D:
            true
        default: false
        }
    }
}
