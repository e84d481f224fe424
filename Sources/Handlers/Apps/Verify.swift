internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/verify`: whether a token of the app is good. Always 200, but for a value
    /// that is no token at all.
    func verify(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let verification = leaseVerification()
        do throws(AppsError) {
            try readToken(exchange, into: verification)
        } catch {
            giveBack(verification)
            throw error
        }
        verification.whenDone = { error in
            self.answer(exchange, verification, error)
            self.giveBack(verification)
        }
        sessions.own.assumeIsolated { $0.begin(verification, for: app, at: exchange.receivedAt) }
    }

    private func readToken(
        _ exchange: Exchange, into verification: Verification
    ) throws(AppsError) {
        try exchange.withBody { bytes throws(AppsError) in
            let body = try RequestBody(bytes, &scanner)
            guard let token = try body.string("token"), !token.isEmptyString else {
                throw .invalid([FieldError("token", .required)])
            }
            // A token needs no escapes, but may be written with them.
            let isToken =
                token.hasEscapes
                ? token.string(in: bytes).withUnsafeBytes { take($0, into: verification) }
                : take(token.content(in: bytes), into: verification)
            guard isToken else { throw .invalid([FieldError("token", .token)]) }
        }
    }

    /// The token was looked at, or `error` says why it could not be.
    private func answer(
        _ exchange: Exchange, _ verification: Verification, _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, AppsError(error)) }
        // A token of another dialect is good only there.
        let isGood = verification.isGood && verification.kind != .access
        exchange.response.body.append(
            literal: isGood ? #"{"verified":true}"# : #"{"verified":false}"#)
        exchange.finish()
    }

    /// Hands a token over; false when it is not shaped like one.
    private func take(_ text: UnsafeRawBufferPointer, into verification: Verification) -> Bool {
        guard TokenShape.matches(text) else { return false }
        verification.setToken(text)
        return true
    }
}

/// What the dialect takes for a token: `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`.
enum TokenShape {
    static func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var dots = 0
        var segmentLength = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "."):
                guard segmentLength > 0, dots < 2 else { return false }
                dots += 1
                segmentLength = 0
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                segmentLength += 1
            default: return false
            }
        }
        return dots == 2
    }
}
