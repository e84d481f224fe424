import SignetCrypto
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Verified tokens")
struct VerifiedTokensTests {
    private static let second = Bench.now / 1000

    // MARK: Of a registry

    @Test("checks the signature of a token once", arguments: [Algorithm.es256, .eddsa])
    func once(_ algorithm: Algorithm) throws {
        let life = try HotToken(algorithm)
        // The one that signed, and the one that checked.
        #expect(life.batchCount == 2)
        #expect(try life.isGood(life.pair.auth))
        #expect(life.batchCount == 2)
        // Another token of the same session is another token.
        #expect(try life.isGood(life.pair.refresh))
        #expect(life.batchCount == 3)
    }

    @Test("never takes a changed token for the known one")
    func changed() throws {
        let life = try HotToken(.es256)
        for place in life.pair.auth.indices where life.pair.auth[place] != "." {
            var token = life.pair.auth
            let other = token[place] == "A" ? "B" : "A"
            token.replaceSubrange(place...place, with: other)
            #expect(try !life.isGood(token), "\(token)")
        }
        #expect(try life.isGood(life.pair.auth))
    }

    @Test("remembers no refusal")
    func refusal() throws {
        let life = try HotToken(.es256)
        let forged = life.pair.auth.dropLast(4) + "AAAA"
        let before = life.batchCount
        for count in 1...3 {
            #expect(try !life.isGood(String(forged)))
            #expect(life.batchCount == before + count)
        }
    }

    @Test("has multiples of a key calculated that verifies often, as long as it verifies")
    func multiples() throws {
        let life = try HotToken(.es256)
        let ring = life.bench.authority.keyRing
        let key = try #require(ring.keys.current.keys(app: life.app.number).first)
        let multiples = try #require(key.multiples)
        let forged = String(life.pair.auth.dropLast(4) + "AAAA")
        // What is refused, or was verified before, is no reason.
        for _ in 0..<SharedMultiples.interval {
            #expect(try !life.isGood(forged))
            #expect(try life.isGood(life.pair.auth))
        }
        #expect(multiples.current == nil)
        var pairs = 0
        while multiples.current == nil, pairs < SharedMultiples.interval {
            let pair = try life.bench.pair(life.registry, life.app)
            #expect(try life.isGood(pair.auth))
            #expect(try life.isGood(pair.refresh))
            pairs += 1
        }
        #expect(multiples.current != nil)
        #expect(try !life.isGood(forged))
        #expect(try life.isGood(life.bench.pair(life.registry, life.app).auth))

        try life.revokeKey()
        #expect(multiples.current == nil)
        let publicKey = try #require(key.privateKey.publicKey)
        multiples.calculate(of: publicKey)
        #expect(multiples.current == nil)
    }

    @Test("refuses a known token from its expiry on, and before it is valid")
    func expiry() throws {
        let life = try HotToken(.es256)
        #expect(try life.isGood(life.pair.auth, at: Bench.now + 59_999))
        #expect(try !life.isGood(life.pair.auth, at: Bench.now + 60_000))
        #expect(try !life.isGood(life.pair.auth, at: Bench.now - 1))
        #expect(try life.isGood(life.pair.auth))
    }

    @Test("refuses a known token that was ended", arguments: [false, true])
    func ended(withAllOfTheApp: Bool) throws {
        let life = try HotToken(.es256)
        let (ended, app) = (life.bench.authority.ended, life.app.number)
        let expires = Self.second + 120
        if withAllOfTheApp {
            ended.endSessions(
                app: app, through: life.pair.session, expires: expires, at: Self.second)
        } else {
            ended.end(session: life.pair.session, app: app, expires: expires, at: Self.second)
        }
        #expect(try !life.isGood(life.pair.auth))
        // It was still known: no worker was asked.
        #expect(life.batchCount == 2)
    }

    @Test("refuses a known token of a revoked key, and for another app")
    func revokedKey() throws {
        let life = try HotToken(.es256)
        let other = try life.bench.createApp(.es256).app
        #expect(try !life.bench.verify(life.pair.auth, life.registry, other, at: Bench.now))
        try life.revokeKey()
        #expect(try !life.isGood(life.pair.auth))
    }

    // MARK: By itself

    @Test("knows as many tokens as it has room for, and those best that were shown last")
    func bounded() {
        let tokens = VerifiedTokens(capacity: 64)
        let digests = (0..<1000).map { Self.digest("token \($0)") }
        for digest in digests {
            #expect(!tokens.contains(digest, key: 1))
            tokens.insert(digest, key: 1)
            #expect(tokens.contains(digest, key: 1))
            // Shown in between, it is never the one that has to go.
            if digest != digests[0] { #expect(tokens.contains(digests[0], key: 1)) }
        }
        let known = digests.filter { tokens.contains($0, key: 1) }
        #expect(known.count <= 64)
        #expect(known.count > 48)
    }

    @Test("knows a token once, and for the key that signed it")
    func once() {
        let tokens = VerifiedTokens(capacity: 4)
        let digests = (0..<4).map { Self.digest("token \($0)") }
        for digest in digests + [digests[3], digests[3]] { tokens.insert(digest, key: 7) }
        for digest in digests {
            #expect(tokens.contains(digest, key: 7))
            #expect(!tokens.contains(digest, key: 8))
        }
    }

    private static func digest(_ text: String) -> VerifiedTokens.Digest {
        Array(text.utf8).withUnsafeBytes { VerifiedTokens.Digest($0) }
    }
}

/// An app, a pair of it, and a registry that has verified the auth token of it already.
private struct HotToken {
    let bench: Bench
    let app: App
    let registry: SessionRegistry
    let pair: Pair

    init(_ algorithm: Algorithm) throws {
        bench = try Bench()
        app = try bench.createApp(algorithm).app
        registry = bench.registry()
        pair = try bench.pair(registry, app)
        #expect(try isGood(pair.auth))
    }

    /// How often the workers were asked.
    var batchCount: Int { bench.workers.batchSizes.withLock { $0.count } }

    func revokeKey() throws {
        let (store, authority) = (bench.store, bench.authority)
        try bench.executor.run { [number = app.number] in
            var row = try #require(try await store.load().keys.first { $0.app == number })
            row.phase = .revoked
            try await store.write([.updateKey(row)])
            try await authority.apps.followChanges()
        }
    }

    func isGood(_ token: String, at now: Int64 = Bench.now) throws -> Bool {
        try bench.verify(token, registry, app, at: now)
    }
}
