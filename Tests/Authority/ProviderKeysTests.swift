import SignetCrypto
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

/// A provider's pages, as the test wants them, and how often they were asked for.
private final class Pages: Web {
    struct State {
        var pages: [String: WebPage] = [:]
        var isDown = false
        var asked: [String] = []
        var holds = false
        var held: [UnsafeContinuation<Void, Never>] = []
    }

    let state = Mutex(State())

    func get(_ url: String, bearer: [UInt8]?) async throws(PeerFailure) -> WebPage {
        let holds = state.withLock { state in
            state.asked.append(url)
            return state.holds
        }
        if holds {
            await withUnsafeContinuation { continuation in
                state.withLock { $0.held.append(continuation) }
            }
        }
        let page = state.withLock { $0.isDown ? nil : $0.pages[url] }
        guard let page else { throw PeerFailure("nobody listens") }
        return page
    }

    func post(_ url: String, form: [UInt8]) async throws(PeerFailure) -> WebPage {
        throw PeerFailure("nobody listens")
    }

    /// - Parameter key: the name of the only key.
    func publish(
        _ key: String, cacheControl: String = "", issuer: String = ProviderKeysTests.issuer
    ) {
        // The public key of RFC 8037 appendix A.2.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        let metadata = #"{"issuer":"\#(issuer)","jwks_uri":"https://keys.example.org/"}"#
        let keys = #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"\#(key)","x":"\#(x)"}]}"#
        state.withLock { state in
            state.pages = [
                "https://id.example.org/.well-known/openid-configuration": WebPage(
                    status: 200, cacheControl: "", body: Array(metadata.utf8)),
                "https://keys.example.org/": WebPage(
                    status: 200, cacheControl: cacheControl, body: Array(keys.utf8)),
            ]
        }
    }

    func release() {
        let held = state.withLock { state in
            state.holds = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    var askedCount: Int { state.withLock { $0.asked.count } }
}

@Suite("ProviderKeys")
struct ProviderKeysTests {
    static let issuer = "https://id.example.org"
    private static let second: Int64 = 1000

    private let executor = ManualExecutor()
    private let pages = Pages()
    private let keys: ProviderKeys

    init() {
        keys = ProviderKeys(issuer: Self.issuer, web: pages, tell: { _ in }, on: executor)
        pages.publish("one")
    }

    /// The name of the only key; nil when the provider can't be asked.
    private func known(at now: Int64) throws -> String? {
        let keys = keys
        return try executor.run {
            (try? await keys.keys(at: now))?.keys.first?.keyID.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    private func newer(at now: Int64) throws -> String? {
        let keys = keys
        return try executor.run {
            await keys.newerKeys(at: now)?.keys.first?.keyID.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    @Test("are fetched once for all who wait, and kept as long as the provider says")
    func merged() throws {
        pages.publish("one", cacheControl: "public, max-age=600")
        pages.state.withLock { $0.holds = true }
        let keys = keys
        let works = (0..<5).map { _ in
            executor.begin { try await keys.keys(at: Bench.now).keys.count }
        }
        executor.runAll()
        pages.release()
        executor.runAll()
        for work in works { #expect(try work.result?.get() == 1) }
        // The metadata and the keys.
        #expect(pages.askedCount == 2)
        _ = try known(at: Bench.now + 599 * Self.second)
        #expect(pages.askedCount == 2)
    }

    @Test("go on to be used while newer ones are fetched, and while there are none to be had")
    func stale() throws {
        #expect(try known(at: Bench.now) == "one")
        pages.publish("two")
        let later = Bench.now + 3600 * Self.second
        // Whoever comes first still gets the old ones.
        #expect(try known(at: later) == "one")
        #expect(try known(at: later) == "two")
        pages.state.withLock { $0.isDown = true }
        let asked = pages.askedCount
        let muchLater = later + 3600 * Self.second
        for _ in 0..<3 { #expect(try known(at: muchLater) == "two") }
        // A provider that is down is not asked by everybody.
        #expect(pages.askedCount == asked + 1)
        #expect(try known(at: later + (24 * 3600 - 1) * Self.second) == "two")
        #expect(try known(at: later + 24 * 3600 * Self.second) == nil)
    }

    @Test("are asked for anew for a key that is not known, once a minute")
    func unknown() throws {
        #expect(try known(at: Bench.now) == "one")
        pages.publish("two")
        #expect(try newer(at: Bench.now + 59 * Self.second) == nil)
        #expect(pages.askedCount == 2)
        #expect(try newer(at: Bench.now + 60 * Self.second) == "two")
        #expect(try newer(at: Bench.now + 61 * Self.second) == nil)
        #expect(pages.askedCount == 4)
        #expect(try known(at: Bench.now + 61 * Self.second) == "two")
    }

    @Test("of another issuer than the one that was asked are nobody's")
    func issuer() throws {
        for issuer in ["https://id.example.org/", "https://evil.example.org", ""] {
            pages.publish("one", issuer: issuer)
            #expect(try known(at: Bench.now + Int64(pages.askedCount) * 10 * Self.second) == nil)
        }
    }

    @Test("that were not to be had are asked for again after a pause")
    func failure() throws {
        pages.state.withLock { $0.isDown = true }
        #expect(try known(at: Bench.now) == nil)
        #expect(try known(at: Bench.now + 4999) == nil)
        #expect(pages.askedCount == 1)
        pages.state.withLock { $0.isDown = false }
        #expect(try known(at: Bench.now + 4999) == nil)
        #expect(try known(at: Bench.now + 5000) == "one")
    }
}
