internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// App signing: the routes `/app/…`, `/root/…`, `/ping` and `/health` (apps.md), on one loop.
final class AppsDialect {
    /// Characters of a root key.
    private static let rootKeyLength = 128

    let authority: Authority
    let registry: SessionRegistry
    let credentials: Credentials
    private let rateLimits: RateLimits?
    /// Used by one request at a time: nobody keeps it over an `await`.
    var scanner = JSONScanner()
    private var spareIssuances: [Issuance] = []
    private var spareVerifications: [Verification] = []

    init(
        _ authority: Authority, registry: SessionRegistry, rateLimits: RateLimits?
    ) {
        self.authority = authority
        self.registry = registry
        self.rateLimits = rateLimits
        credentials = Credentials(authority.apps)
    }

    /// Whether the path is one of this dialect's, known or not.
    static func owns(_ path: Path, of request: borrowing Request) -> Bool {
        path.segment(0, of: request, is: "app") || path.segment(0, of: request, is: "root")
            || (path.count == 1
                && (path.segment(0, of: request, is: "ping")
                    || path.segment(0, of: request, is: "health")))
    }

    func respond(to exchange: Exchange, _ path: Path) async {
        do throws(AppsError) {
            try await route(exchange, path)
        } catch {
            error.write(to: &exchange.response)
        }
    }

    private func route(_ exchange: Exchange, _ path: Path) async throws(AppsError) {
        if path.segment(0, of: exchange.request, is: "app") {
            try await routeApp(exchange, path)
        } else if path.segment(0, of: exchange.request, is: "root") {
            try await routeRoot(exchange, path)
        } else if path.segment(0, of: exchange.request, is: "ping") {
            try require(.get, exchange, allow: "GET, HEAD")
            answerPing(exchange)
        } else {
            try require(.get, exchange, allow: "GET, HEAD")
            try await answerHealth(exchange)
        }
    }

    /// `/app/{app_id}` and what is below.
    private func routeApp(_ exchange: Exchange, _ path: Path) async throws(AppsError) {
        switch path.count {
        case 2:
            try require(.get, exchange, allow: "GET, HEAD")
            showApp(try await authenticateApp(exchange, path), exchange)
        case 3 where path.segment(2, of: exchange.request, is: "sign"):
            try require(.post, exchange, allow: "POST")
            try await sign(exchange, try await authenticateApp(exchange, path))
        case 3 where path.segment(2, of: exchange.request, is: "verify"):
            try require(.post, exchange, allow: "POST")
            try await verify(exchange, try await authenticateApp(exchange, path))
        case 3 where path.segment(2, of: exchange.request, is: "pub-keys"):
            try require(.get, exchange, allow: "GET, HEAD")
            listPublicKeys(try await authenticateApp(exchange, path), exchange)
        default: throw .noSuchRoute
        }
    }

    /// `/root/…`.
    private func routeRoot(_ exchange: Exchange, _ path: Path) async throws(AppsError) {
        switch path.count {
        case 2 where path.segment(1, of: exchange.request, is: "create"):
            try require(.post, exchange, allow: "POST")
            try await authenticateRoot(exchange)
            try await createApp(exchange)
        case 2 where path.segment(1, of: exchange.request, is: "list"):
            try require(.get, exchange, allow: "GET, HEAD")
            try await authenticateRoot(exchange)
            listApps(exchange)
        default: throw .noSuchRoute
        }
    }

    // MARK: Who calls

    /// Refuses any other method. HEAD is served like GET; the answer's body is left out later.
    private func require(
        _ method: HTTPMethod, _ exchange: Exchange, allow: StaticString
    ) throws(AppsError) {
        let used = exchange.request.method
        guard used == method || (used == .head && method == .get) else {
            throw .methodNotAllowed(allow: allow)
        }
    }

    private func authenticateApp(_ exchange: Exchange, _ path: Path) async throws(AppsError) -> App {
        try await admitAddress(exchange)
        let key = shownKey(exchange)
        let access = exchange.request.bytes.withUnsafeBytes { bytes in
            credentials.access(
                appID: UnsafeRawBufferPointer(rebasing: bytes[path[1]]),
                key: UnsafeRawBufferPointer(rebasing: bytes[key]))
        }
        switch access {
        case .granted(let app):
            if let rateLimits { try refuseIfLimited(await rateLimits.admit(app, exchange)) }
            return app
        case .malformedID: throw .invalidAppID
        case .denied: throw .invalidAppKey
        }
    }

    private func authenticateRoot(_ exchange: Exchange) async throws(AppsError) {
        try await admitAddress(exchange)
        let key = shownKey(exchange)
        guard key.count == Self.rootKeyLength else { throw .invalidRootToken }
        let isRoot = exchange.request.bytes.withUnsafeBytes { bytes in
            credentials.isRootKey(UnsafeRawBufferPointer(rebasing: bytes[key]))
        }
        guard isRoot else { throw .invalidRootKey }
    }

    private func admitAddress(_ exchange: Exchange) async throws(AppsError) {
        guard let rateLimits else { return }
        try refuseIfLimited(await rateLimits.admitAddress(of: exchange))
    }

    private func refuseIfLimited(_ decision: RateLimiter.Decision) throws(AppsError) {
        guard case .refused(let seconds) = decision else { return }
        throw .rateLimited(retryAfterSeconds: seconds)
    }

    /// The key in `Authorization`: verbatim, or after `Bearer `. Empty when there is none.
    private func shownKey(_ exchange: Exchange) -> Range<Int> {
        guard let value = exchange.request.authorization else { return 0..<0 }
        let prefix: StaticString = "bearer "
        guard value.count > prefix.utf8CodeUnitCount else { return value }
        let isBearer = exchange.request.bytes.withUnsafeBytes { bytes in
            bytes[value].prefix(prefix.utf8CodeUnitCount).enumerated().allSatisfy { index, byte in
                let isUpper = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                return (isUpper ? byte | 0x20 : byte) == prefix.utf8Start[index]
            }
        }
        return isBearer ? value.dropFirst(prefix.utf8CodeUnitCount) : value
    }

    // MARK: Reused memory

    func leaseIssuance() -> Issuance { spareIssuances.popLast() ?? Issuance() }

    func giveBack(_ issuance: Issuance) {
        issuance.reset()
        spareIssuances.append(issuance)
    }

    func leaseVerification() -> Verification { spareVerifications.popLast() ?? Verification() }

    func giveBack(_ verification: Verification) {
        verification.reset()
        spareVerifications.append(verification)
    }
}
