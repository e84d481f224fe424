internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// App signing: the routes `/app/…`, `/root/…`, `/ping` and `/health` (apps.md), on one loop.
final class AppsDialect {
    /// Characters of a root key.
    private static let rootKeyLength = 128
    /// Issuances and verifications kept for reuse, of each; more than a busy loop has in flight.
    private static let sparesMax = 1024

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

    func respond(to exchange: Exchange, _ route: AppsRoute) async {
        do throws(AppsError) {
            try requireMethod(of: route, exchange)
            switch route {
            case .sign(let id): try await sign(exchange, try await authenticateApp(exchange, id))
            case .verify(let id):
                try await verify(exchange, try await authenticateApp(exchange, id))
            case .showApp(let id): showApp(try await authenticateApp(exchange, id), exchange)
            case .publicKeys(let id):
                listPublicKeys(try await authenticateApp(exchange, id), exchange)
            case .createApp:
                try await authenticateRoot(exchange)
                try await createApp(exchange)
            case .listApps:
                try await authenticateRoot(exchange)
                listApps(exchange)
            case .ping: answerPing(exchange)
            case .health: try await answerHealth(exchange)
            case .unknown: throw .noSuchRoute
            }
        } catch {
            error.write(to: &exchange.response)
        }
    }

    // MARK: Who calls

    /// Refuses any other method. HEAD is served like GET; the answer's body is left out later.
    private func requireMethod(of route: AppsRoute, _ exchange: Exchange) throws(AppsError) {
        guard let (method, allow) = route.method else { return }
        let used = exchange.request.method
        guard used == method || (used == .head && method == .get) else {
            throw .methodNotAllowed(allow: allow)
        }
    }

    private func authenticateApp(
        _ exchange: Exchange, _ id: Range<Int>
    ) async throws(AppsError) -> App {
        try await admitAddress(exchange)
        let key = shownKey(exchange)
        let access = exchange.request.bytes.withUnsafeBytes { bytes in
            credentials.access(
                appID: UnsafeRawBufferPointer(rebasing: bytes[id]),
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
        guard case .refused(let limit, let seconds) = decision else { return }
        throw .rateLimited(by: limit, retryAfterSeconds: seconds)
    }

    /// The key in `Authorization`: verbatim, or after `Bearer `. Empty when there is none, or more
    /// than one: a proxy before us may have looked at the other.
    private func shownKey(_ exchange: Exchange) -> Range<Int> {
        guard let value = exchange.request.authorization,
            !exchange.request.hasRepeatedAuthorization
        else { return 0..<0 }
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
        if spareIssuances.count < Self.sparesMax { spareIssuances.append(issuance) }
    }

    func leaseVerification() -> Verification { spareVerifications.popLast() ?? Verification() }

    func giveBack(_ verification: Verification) {
        verification.reset()
        if spareVerifications.count < Self.sparesMax { spareVerifications.append(verification) }
    }
}
