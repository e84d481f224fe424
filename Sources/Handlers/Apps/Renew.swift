internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/renew`: a new pair for a refresh token, which is used up.
    func renew(_ exchange: Exchange, _ app: App) throws(AppsError) {
        try requireCapacity(for: app, exchange)
        let renewal = renewals.lease()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                try RenewRequest.read(try RequestBody(bytes, &scanner), into: renewal)
            }
        } catch {
            renewals.giveBack(renewal)
            throw error
        }
        renewal.whenDone = { _, error in
            self.answer(exchange, renewal, app, error)
            self.renewals.giveBack(renewal)
        }
        sessions.own.begin(renewal, for: app, among: sessions, exchange)
    }

    /// The new pair is durable, or there is none.
    private func answer(
        _ exchange: Exchange, _ renewal: Renewal, _ app: App, _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, refusal(of: error, for: app)) }
        exchange.audit?.note(renewal)
        guard renewal.isRenewed else { return finish(exchange, .invalidRefreshToken) }
        guard let key = renewal.key else { return finish(exchange, .internal) }
        exchange.response.isUncacheable = true
        exchange.response.body.append(pair: renewal, signedBy: key)
        exchange.finish()
    }
}

/// The body of a renew call: three members, all of them required.
private enum RenewRequest {
    static func read(_ body: RequestBody, into renewal: Renewal) throws(AppsError) {
        let token = try body.string("refresh_token")
        let address = try body.string("ip")
        let userAgent = try body.string("useragent")

        var errors: [FieldError] = []
        if let fault = TokenShape.fault(of: token, in: body.bytes) {
            errors.append(FieldError("refresh_token", fault))
        }
        if let fault = IPAddress.fault(of: address, in: body.bytes) {
            errors.append(FieldError("ip", fault))
        }
        if userAgent?.isEmptyString ?? true { errors.append(FieldError("useragent", .required)) }
        guard errors.isEmpty, let token, let address, let userAgent else {
            throw .invalid(errors)
        }
        token.withString(in: body.bytes) { renewal.setRefreshToken($0) }
        renewal.change("ip", to: address.raw(in: body.bytes))
        renewal.change("useragent", to: userAgent.raw(in: body.bytes))
    }
}
