internal import SignetAuthority
internal import SignetJSON

/// The body of a create or PATCH call (apps.md, "create"). All of its failures are told together.
struct AppTermsRequest {
    private static let lifeSeconds: ClosedRange<Int64> = 60...31_536_000
    private static let delaySeconds: ClosedRange<Int64> = 0...31_536_000
    private static let graceSeconds: ClosedRange<Int64> = 0...300
    private static let textBytesMax = 255

    private let body: RequestBody
    private let name: JSONValue?
    private let description: JSONValue?
    private let tokenExpire: Int64?
    private let tokenNotBefore: Int64
    private let refreshExpire: Int64?
    private let refreshNotBefore: Int64
    private let rotationPeriod: Int64?
    private let refreshGrace: Int64?
    /// Nil when the list names something else.
    private let requiredClaims: App.RequiredClaims?
    private var errors: [FieldError] = []

    /// The terms of a new app.
    static func readNew(_ body: RequestBody) throws(AppsError) -> App.Terms {
        var request = try AppTermsRequest(body)
        let keyType = try body.string("key_type")?.string(in: body.bytes)
        let algorithm = try body.string("algo")?.string(in: body.bytes)
        request.checkTexts()
        request.checkTokenTimes()
        let kind = request.checkKeyType(keyType)
        if algorithm?.isEmpty ?? true { request.errors.append(FieldError("algo", .required)) }
        request.checkRest()
        guard request.errors.isEmpty, let kind, let algorithm else {
            throw .invalid(request.errors)
        }
        guard let chosen = kind.algorithm(named: algorithm) else {
            throw .algorithmMismatch(keyType: kind.name, algorithms: kind.algorithmNames)
        }
        return try request.terms {
            App.Terms(
                name: $0, algorithm: chosen, tokenExpire: $1, refreshExpire: $2, rotationPeriod: $3)
        }
    }

    /// The terms that take the place of those of `app`: fields that are absent get their defaults.
    static func readChange(of app: App, _ body: RequestBody) throws(AppsError) -> App.Terms {
        var request = try AppTermsRequest(body)
        request.checkTexts()
        request.checkTokenTimes()
        request.checkRest()
        return try request.terms {
            App.Terms(
                name: $0, algorithm: app.terms.algorithm, tokenExpire: $1, refreshExpire: $2,
                rotationPeriod: $3)
        }
    }

    /// Reads the fields that both calls have, and checks only their types.
    private init(_ body: RequestBody) throws(AppsError) {
        self.body = body
        name = try body.string("name")
        description = try body.string("description")
        tokenExpire = try body.integer("token_expire")
        tokenNotBefore = try body.integer("token_notbefore") ?? 0
        refreshExpire = try body.integer("refresh_expire")
        refreshNotBefore = try body.integer("refresh_notbefore") ?? 0
        rotationPeriod = try body.integer("rotation_period")
        refreshGrace = try body.integer("refresh_grace")
        requiredClaims = try Self.requiredClaims(body)
    }

    /// The terms, if nothing was wrong with the fields.
    ///
    /// - Parameter make: from name, life of an auth token, life of a refresh token, and age at which
    ///   a key is replaced. Handlers can't name the algorithm's type.
    private func terms(
        _ make: (String, Int64, Int64, Int64) -> App.Terms
    ) throws(AppsError) -> App.Terms {
        guard errors.isEmpty, let name, let tokenExpire, let refreshExpire, let rotationPeriod,
            let requiredClaims
        else { throw .invalid(errors) }
        var terms = make(text(name), tokenExpire, refreshExpire, rotationPeriod)
        if let description { terms.description = text(description) }
        terms.tokenNotBefore = tokenNotBefore
        terms.refreshNotBefore = refreshNotBefore
        if let refreshGrace { terms.refreshGrace = refreshGrace }
        terms.requiredClaims = requiredClaims
        return terms
    }

    private func text(_ value: JSONValue) -> String {
        String(decoding: value.string(in: body.bytes), as: UTF8.self)
    }

    // MARK: Checks, in the order in which their failures are told

    private mutating func checkTexts() {
        check("name", name, isRequired: true)
        check("description", description, isRequired: false)
    }

    private mutating func checkTokenTimes() {
        check("token_expire", required: tokenExpire)
        check("token_notbefore", tokenNotBefore, Self.delaySeconds)
        check("refresh_expire", required: refreshExpire)
        check("refresh_notbefore", refreshNotBefore, Self.delaySeconds)
    }

    private mutating func checkRest() {
        check("rotation_period", required: rotationPeriod)
        if let refreshGrace { check("refresh_grace", refreshGrace, Self.graceSeconds) }
        if requiredClaims == nil { errors.append(FieldError("required_claims", .choice)) }
    }

    private mutating func check(_ field: String, _ value: JSONValue?, isRequired: Bool) {
        guard let value, !value.isEmptyString else {
            if isRequired { errors.append(FieldError(field, .required)) }
            return
        }
        let text = value.string(in: body.bytes)
        if !text.allSatisfy(AppName.allows) {
            errors.append(FieldError(field, .name))
        } else if text.count > Self.textBytesMax {
            errors.append(FieldError(field, .maximum(Int64(Self.textBytesMax))))
        }
    }

    /// A number that must be there; 0 counts as missing.
    private mutating func check(_ field: String, required value: Int64?) {
        guard let value, value != 0 else { return errors.append(FieldError(field, .required)) }
        check(field, value, Self.lifeSeconds)
    }

    private mutating func check(_ field: String, _ value: Int64, _ range: ClosedRange<Int64>) {
        if value < range.lowerBound { errors.append(FieldError(field, .minimum(range.lowerBound))) }
        if value > range.upperBound { errors.append(FieldError(field, .maximum(range.upperBound))) }
    }

    private mutating func checkKeyType(_ value: [UInt8]?) -> AppKeyType? {
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
