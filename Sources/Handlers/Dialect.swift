internal import SignetAuthority
internal import SignetRuntime

/// Every refusal of one dialect.
protocol DialectError: Error {
    /// What any dialect may refuse.
    static func server(_ refusal: ServerRefusal) -> Self

    /// Makes `response` say so, in place of whatever it said.
    func write(to response: inout Response)
}

extension DialectError {
    static var noSuchRoute: Self { .server(.noSuchRoute) }

    static func methodNotAllowed(allow: StaticString) -> Self {
        .server(.methodNotAllowed(allow: allow))
    }

    static var `internal`: Self { .server(.internal) }

    static func framing(_ refusal: HTTPRefusal) -> Self { .server(.framing(refusal)) }

    /// What the authority could not do.
    init(_ error: AuthorityError) { self = .server(ServerRefusal(error)) }
}

/// What answers the requests of one route space, on one loop.
protocol Dialect: Sendable {
    associatedtype Failure: DialectError
}

extension Dialect {
    /// Refuses a request.
    func finish(_ exchange: Exchange, _ error: Failure) {
        error.write(to: &exchange.response)
        exchange.finish()
    }

    /// Goes on in a task, for calls that wait for other actors. `body` finishes the exchange unless it
    /// throws.
    func answerLater(
        _ exchange: Exchange, _ body: @escaping @Sendable () async throws(Failure) -> Void
    ) {
        exchange.run {
            do throws(Failure) {
                try await body()
            } catch {
                self.finish(exchange, error)
            }
        }
    }

    /// What `body` asks of the authority, or why it could not do it.
    func ask<Value>(
        _ body: () async throws(AuthorityError) -> Value
    ) async throws(Failure) -> Value {
        do throws(AuthorityError) {
            return try await body()
        } catch {
            throw Failure(error)
        }
    }

    func refuseIfLimited(_ decision: RateLimiter.Decision) throws(Failure) {
        guard case .refused(let refusal) = decision else { return }
        throw .server(.rateLimited(refusal))
    }

    /// Counts a request that shows no app's key.
    func countRequest(_ exchange: Exchange, _ rateLimits: RateLimits?) throws(Failure) {
        if let rateLimits { try refuseIfLimited(rateLimits.admitAddress(of: exchange)) }
    }

    /// The user whose password is shown, as `check` finds out; nil for a wrong one. Refuses whoever has to wait
    /// after failures, and notes what comes of it.
    ///
    /// - Parameter account: what was typed.
    func checkPassword(
        of account: User.Key, _ exchange: Exchange, _ rateLimits: RateLimits?,
        _ check: () async throws(AuthorityError) -> User?
    ) async throws(Failure) -> User? {
        guard let rateLimits else {
            let user = try await ask(check)
            if user == nil { await exchange.audit?.missed(account) }
            return user
        }
        switch rateLimits.beginSignIn(account, exchange) {
        case .refused(let refusal): throw .server(.rateLimited(refusal))
        case .admitted(let attempt):
            let user = try await ask(check)
            rateLimits.finish(attempt, isRight: user != nil, exchange)
            if user == nil { await exchange.audit?.missed(account) }
            return user
        }
    }
}
