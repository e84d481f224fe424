internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/verify`: whether a token of the app is good. Always 200, but for a value
    /// that is no token at all.
    func verify(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let verification = verifications.lease()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                try VerifyRequest.read(try RequestBody(bytes, &scanner), into: verification)
            }
        } catch {
            verifications.giveBack(verification)
            throw error
        }
        verification.whenDone = { _, error in
            self.answer(exchange, verification, error)
            self.verifications.giveBack(verification)
        }
        sessions.own.begin(verification, for: app, exchange)
    }

    /// The token was looked at, or `error` says why it could not be.
    private func answer(
        _ exchange: Exchange, _ verification: Verification, _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, AppsError(error)) }
        exchange.response.body.append(verdict: verification)
        exchange.finish()
    }
}

extension [UInt8] {
    /// Appends the answer of a verify call.
    mutating func append(verdict verification: Verification) {
        // A token of another dialect is good only there.
        let isGood = verification.isGood && verification.kind != .access
        append(literal: isGood ? #"{"verified":true}"# : #"{"verified":false}"#)
    }
}

/// The body of a verify or logout call: one token.
enum VerifyRequest {
    static func read(
        _ body: RequestBody, into verification: Verification
    ) throws(AppsError) {
        let token = try body.string("token")
        let fault = TokenShape.fault(of: token, in: body.bytes)
        guard let token, fault == nil else {
            throw .invalid([FieldError("token", fault ?? .required)])
        }
        token.withString(in: body.bytes) { verification.setToken($0) }
    }
}

/// What the dialect takes for a token: `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`.
enum TokenShape {
    /// What is wrong with a member that must be a token; nil when nothing is.
    static func fault(
        of value: JSONValue?, in bytes: UnsafeRawBufferPointer
    ) -> FieldError.Reason? {
        guard let value, !value.isEmptyString else { return .required }
        return value.withString(in: bytes) { Verification.couldBeToken($0) } ? nil : .token
    }
}
