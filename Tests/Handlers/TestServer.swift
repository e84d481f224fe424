import Foundation
import SignetCrypto
import SignetHandlers
import SignetRuntime

@testable import SignetAuthority

/// A server of this process on two loops and a port of the kernel's choice, wired as `signet serve`
/// does it.
final class TestServer: Sendable {
    /// What most tests share. It lives as long as the process.
    static let shared = Task { try await TestServer() }

    /// Where the calls of a server with limits come from.
    static let clientAddress = "192.0.2.1"
    static let rootKey = String(repeating: "Root+Key", count: 16)

    let store = FaultyStore()
    let authority: Authority
    private let http: HTTPServer
    private let control: LoopGroup
    private let workers: WorkerPool
    /// The limits, and where they are replaced; nil when nothing is limited.
    let limiter: RateLimiter?

    /// - Parameters:
    ///   - limits: nil when nothing is limited. Otherwise every call comes through a proxy that is trusted, from
    ///     `clientAddress` unless its fields say another: addresses of this machine are not limited.
    ///   - signInDelaySecondsMax: of those limits.
    ///   - proxies: which of them are trusted.
    init(
        limits: [RateLimiter.Limit: RateLimit]? = nil, signInDelaySecondsMax: Int64 = 0,
        proxies: [String] = ["127.0.0.1"], cors: CORS? = nil,
        _ adjust: @escaping @Sendable (inout DialectSettings) -> Void = { _ in }
    ) async throws {
        workers = try WorkerPool(workers: 2, jobsMax: 1024)
        control = try LoopGroup(count: 1, name: "control")
        let authority = try await Authority(
            store: store, masterKey: MasterKey.generate(), workers: TestWorkers(pool: workers),
            // However slow the machine is, and next to nothing for it to do.
            passwordCost: PasswordHash.Cost(memoryKiB: 8, iterations: 1),
            basicLifeMilliseconds: .max / 2, on: control.loops[0])
        self.authority = authority
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else {
            throw RawClient.Failure.malformed("address")
        }
        let eventLoop = control.loops[0]
        let limiter = limits.map { rates in
            var limits = RateLimiter.Limits()
            limits.rates = rates
            limits.signInDelaySecondsMax = signInDelaySecondsMax
            return RateLimiter(limits, on: eventLoop)
        }
        self.limiter = limiter
        var httpSettings = HTTPSettings()
        if limits != nil {
            httpSettings.trustedProxies = TrustedProxies(proxies.compactMap { AddressRange($0) })
        }
        http = try HTTPServer(at: address, loops: 2, settings: httpSettings) {
            eventLoops, address in
            let rateLimits = limiter.map { RateLimits($0) }
            let shards = eventLoops.map { eventLoop in
                let registry = authority.sessionRegistry(
                    shard: eventLoop.index, on: eventLoop, clockSkewSeconds: 0)
                eventLoop.atRoundEnd { registry.assumeIsolated { $0.endRound() } }
                return registry
            }
            return eventLoops.indices.map { index in
                let sessions = Sessions(shards, own: index, of: authority)
                var settings = DialectSettings(issuer: "http://\(address)")
                settings.rateLimits = rateLimits
                settings.cors = cors
                adjust(&settings)
                let router = Router(authority, sessions: sessions, settings)
                if let access = router.access {
                    eventLoops[index].atRoundEnd { access.endRound() }
                }
                return router
            }
        }
        try await authority.apps.setRootKey(Array(Self.rootKey.utf8))
    }

    /// Where it listens, on 127.0.0.1.
    var port: UInt16 { http.address.port }

    /// Sends bytes as they are; they must make the server close the connection.
    func exchange(_ request: [UInt8]) async throws -> Answer {
        try await RawClient.exchange(request, port: http.address.port)
    }

    /// Sends a request.
    ///
    /// - Parameter fields: whole field lines.
    func call(
        _ method: String, _ path: String, key: String? = nil, body: [UInt8]? = nil,
        fields: [String] = []
    ) async throws -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"]
        if let key { lines.append("Authorization: \(key)") }
        lines += fields
        if limiter != nil, !fields.contains(where: { $0.lowercased().contains("forwarded") }) {
            lines.append("X-Forwarded-For: \(Self.clientAddress)")
        }
        if let body { lines.append("Content-Length: \(body.count)") }
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        return try await exchange(Array(head.utf8) + (body ?? []))
    }

    func call(
        _ method: String, _ path: String, key: String? = nil, body: String
    ) async throws -> Answer {
        try await call(method, path, key: key, body: Array(body.utf8))
    }

    /// Creates an app over the API.
    ///
    /// - Parameter more: further members of the request, each with a comma in front.
    func createApp(
        _ algorithm: Algorithm = .hs256, name: String = "shop", tokenNotBefore: Int = 0,
        refreshNotBefore: Int = 0, more: String = ""
    ) async throws -> TestApp {
        let body = """
            {"name":"\(name)","token_expire":3600,"token_notbefore":\(tokenNotBefore),\
            "refresh_expire":7200,"refresh_notbefore":\(refreshNotBefore),\
            "key_type":"\(algorithm.keyType.name)","algo":"\(algorithm.name)",\
            "rotation_period":31536000\(more)}
            """
        let answer = try await call("POST", "/root/create", key: Self.rootKey, body: body)
        guard answer.status == 200 else { throw RawClient.Failure.malformed(answer.text) }
        let publicKey = try answer.object()["public_key"] as? String
        let id = try answer.string("app_id")
        guard let app = authority.apps.directory.current.app(idText: id),
            let signingKey = authority.keyRing.keys.current.active(app: app.number)
        else { throw RawClient.Failure.malformed("no such app: \(id)") }
        return TestApp(
            id: id, key: try answer.string("app_key"), publicKey: publicKey, name: name,
            keyID: signingKey.idText, privateKey: signingKey.privateKey)
    }

    /// Ends the server.
    func stop() async {
        await withUnsafeContinuation { continuation in
            DispatchQueue.global().async { [self] in
                http.stop()
                workers.stop()
                control.stop()
                continuation.resume()
            }
        }
    }
}

/// An app of a test, with everything about it.
struct TestApp: Sendable {
    let id: String
    let key: String
    /// Base64 of the PEM; nil for HMAC.
    let publicKey: String?
    let name: String
    let keyID: String
    /// What the server alone knows: for forging tokens that only lack one thing.
    let privateKey: PrivateKey

    /// A token with these texts as header and claims, signed by the app's key.
    func token(header: String, claims: String) throws -> String {
        try Self.token(header: header, claims: claims, signedWith: privateKey)
    }

    static func token(header: String, claims: String, signedWith key: PrivateKey) throws -> String {
        let parts = [Array(header.utf8), Array(claims.utf8)].map {
            String(decoding: Base64URL.encode($0), as: UTF8.self)
        }
        let input = parts.joined(separator: ".")
        let signature = try Signer(key).signature(of: Array(input.utf8))
        return "\(input).\(String(decoding: Base64URL.encode(signature), as: UTF8.self))"
    }
}

/// The worker pool as the authority knows it.
private struct TestWorkers: Workers {
    /// `@unchecked Sendable`: immutable; the batch itself says who may touch it.
    private final class Batch: WorkBatch, @unchecked Sendable {
        let batch: SignatureBatch
        let count: Int

        init(_ batch: SignatureBatch) {
            self.batch = batch
            count = batch.count
        }

        var group: Int64 { batch.group }

        func run(_ range: Range<Int>, worker: Int) { batch.run(range, worker: worker) }
    }

    let pool: WorkerPool
    var count: Int { pool.workers }

    func run(_ batch: SignatureBatch) async throws(AuthorityError) {
        do throws(WorkerPoolError) { try await pool.run(Batch(batch)) } catch { throw .overloaded }
    }

    func hash<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        try await run(work)
    }

    func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        do throws(WorkerPoolError) { return try await pool.run(work) } catch { throw .overloaded }
    }
}
