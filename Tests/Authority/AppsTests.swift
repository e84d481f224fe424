import SignetCrypto
import SignetStorage
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Apps")
struct AppsTests {
    @Test("publishes and stores a new app with all its terms")
    func create() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        let created = try bench.createApp(.es384) {
            $0.name = "a b"
            $0.description = "text"
            $0.tokenNotBefore = 1
            $0.refreshNotBefore = 2
            $0.refreshGrace = 3
            $0.requiredClaims = [.subject, .address]
        }
        let restarted = try Bench(store, masterKey: bench.masterKey)
        for directory in [bench, restarted].map(\.authority.apps.directory.current) {
            let app = try #require(directory.app(created.app.id))
            #expect(app.terms == created.app.terms)
            #expect(app.terms.requiredClaims == [.subject, .address])
            #expect(app.added == Bench.now / 1000)
            #expect(app.updated == 0)
            #expect(app.lastKeyRotation == 0)
            #expect(app.id.milliseconds == UInt64(Bench.now))
            #expect(directory.app(idText: created.app.idText.lowercased())?.number == app.number)
        }
        #expect(created.appKey.count == 128)
    }

    @Test("takes another number when another process was first")
    func twoProcesses() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let tool = try Bench(store, masterKey: server.masterKey)
        var ids: Set<ULID> = []
        for _ in 0..<3 {
            ids.insert(try server.createApp().app.id)
            ids.insert(try tool.createApp().app.id)
        }
        #expect(ids.count == 6)
        try server.executor.run { [authority = server.authority] in
            try await authority.apps.followChanges()
        }
        let all = server.authority.apps.directory.current.all
        #expect(Set(all.map(\.id)) == ids)
        #expect(all.map(\.number) == all.map(\.number).sorted())
        let registry = server.registry()
        for app in all { _ = try server.pair(registry, app) }
    }

    @Test("follows what another process did, and only then")
    func follow() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let tool = try Bench(store, masterKey: server.masterKey)
        let app = try tool.createApp().app
        let key = try tool.executor.run { [authority = tool.authority] in
            try await authority.apps.rotateRootKey()
        }
        #expect(server.authority.apps.directory.current.app(app.id) == nil)
        #expect(!server.authority.hasRootKey)
        try server.executor.run { [authority = server.authority] in
            try await authority.apps.followChanges()
        }
        #expect(server.authority.apps.directory.current.app(app.id) != nil)
        #expect(server.authority.apps.rootKeyHash.current == SHA256Digest.digest(key))
    }

    @Test("makes the old app key worthless when it is replaced, and notes when that was")
    func rotateAppKey() throws {
        let bench = try Bench()
        let created = try bench.createApp()
        let rotated: [UInt8]? = try bench.executor.run {
            [authority = bench.authority, app = created.app] in
            try await authority.apps.rotateAppKey(app, at: Bench.now + 5000)
        }
        let key = try #require(rotated)
        let credentials = Credentials(bench.authority.apps)
        #expect(!credentials.grants(created.app.idText, created.appKey))
        #expect(credentials.grants(created.app.idText, key))
        let app = try #require(bench.authority.apps.directory.current.app(created.app.id))
        #expect(app.updated == Bench.now / 1000 + 5)
    }

    @Test("replaces all terms but the algorithm, durably, and notes when that was")
    func update() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        let created = try bench.createApp(.es256)
        var terms = App.Terms(
            name: "new", algorithm: .hs512, tokenExpire: 1, refreshExpire: 2, rotationPeriod: 3)
        terms.description = "text"
        terms.tokenNotBefore = 4
        terms.refreshNotBefore = 5
        terms.refreshGrace = 6
        terms.requiredClaims = .audience
        let isThere = try bench.executor.run { [authority = bench.authority, terms] in
            try await authority.apps.update(created.app, terms, at: Bench.now + 7000)
        }
        #expect(isThere)
        terms.algorithm = .es256
        let restarted = try Bench(store, masterKey: bench.masterKey)
        for directory in [bench, restarted].map(\.authority.apps.directory.current) {
            let app = try #require(directory.app(created.app.id))
            #expect(app.terms == terms)
            #expect(app.updated == Bench.now / 1000 + 7)
            #expect(app.added == created.app.added)
            #expect(app.row.keyHash == created.app.row.keyHash)
        }
    }

    @Test("does not undo what another administrator changed while a write was on its way")
    func twoAdministrators() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let created = try bench.createApp()
        let (authority, executor) = (bench.authority, bench.executor)
        var terms = created.app.terms
        terms.name = "renamed"
        store.holdWrites()
        let updating = executor.begin { [terms] in
            try await authority.apps.update(created.app, terms, at: Bench.now)
        }
        executor.runAll()
        let rotating = executor.begin {
            try await authority.apps.rotateAppKey(created.app, at: Bench.now)
        }
        executor.runAll()
        #expect(store.heldCount == 2)
        store.release()
        executor.runAll()
        #expect(try updating.result?.get() == true)
        let key: [UInt8]? = try rotating.result?.get() ?? nil
        let app = try #require(authority.apps.directory.current.app(created.app.id))
        #expect(app.terms.name == "renamed")
        #expect(app.row.keyHash == SHA256Digest.digest(try #require(key)))
    }

    @Test("does not undo what another process changed a moment ago")
    func twoProcessesChange() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let created = try server.createApp()
        let tool = try Bench(store, masterKey: server.masterKey)
        let key: [UInt8]? = try tool.executor.run { [authority = tool.authority] in
            try await authority.apps.rotateAppKey(created.app, at: Bench.now)
        }
        _ = try server.executor.run { [authority = server.authority] in
            try await authority.apps.update(created.app, created.app.terms, at: Bench.now)
        }
        let app = try #require(server.authority.apps.directory.current.app(created.app.id))
        #expect(app.row.keyHash == SHA256Digest.digest(try #require(key)))
    }

    @Test("changes nothing of an app that is gone, wherever it was deleted")
    func changeDeleted() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let created = try server.createApp()
        let tool = try Bench(store, masterKey: server.masterKey)
        try tool.executor.run { [authority = tool.authority] in
            try await authority.apps.delete(created.app)
        }
        for bench in [tool, server] {
            let (authority, executor) = (bench.authority, bench.executor)
            let isThere = try executor.run {
                try await authority.apps.update(created.app, created.app.terms, at: Bench.now)
            }
            #expect(!isThere)
            let key: [UInt8]? = try executor.run {
                try await authority.apps.rotateAppKey(created.app, at: Bench.now)
            }
            #expect(key == nil)
            try executor.run { try await authority.apps.delete(created.app) }
            #expect(authority.apps.directory.current.all.isEmpty)
        }
    }

    @Test("ends an app's sessions up to the newest, in memory and in the store")
    func flush() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let app = try bench.createApp().app
        let other = try bench.createApp().app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        let kept = try bench.pair(registry, other)
        let through = Bench.now << 16 | 0xFFFF
        try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.flush(app, through: through, at: Bench.now)
        }
        guard case .endSessions(let number, through, let expires)? = store.writes.last?.first else {
            Issue.record("\(store.writes)")
            return
        }
        #expect(number == app.number)
        #expect(expires == Bench.now / 1000 + 31_536_000)
        for token in [pair.auth, pair.refresh] {
            #expect(try !bench.verify(token, registry, app, at: Bench.now))
        }
        #expect(try bench.verify(kept.auth, registry, other, at: Bench.now))
        let later = try bench.pair(registry, app)
        #expect(later.session > through)
        #expect(try bench.verify(later.auth, registry, app, at: Bench.now))
    }
}

@Suite("Credentials")
struct CredentialsTests {
    @Test("tells a malformed id, a wrong key and an unknown app apart as the contract does")
    func access() throws {
        let bench = try Bench()
        let first = try bench.createApp()
        let second = try bench.createApp()
        let credentials = Credentials(bench.authority.apps)
        #expect(credentials.grants(first.app.idText, first.appKey))
        #expect(credentials.grants(first.app.idText.lowercased(), first.appKey))
        for key in [
            second.appKey, [], Array(first.appKey.dropLast()), first.appKey + [0x41],
            [UInt8](repeating: 0, count: 32), first.app.row.keyHash,
        ] {
            #expect(credentials.outcome(first.app.idText, key) == "denied")
        }
        #expect(credentials.outcome("01ARZ3NDEKTSV4RRFFQ69G5FAV", first.appKey) == "denied")
        #expect(credentials.outcome("ZZZZZZZZZZZZZZZZZZZZZZZZZZ", first.appKey) == "denied")
        for id in ["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "U1ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            #expect(credentials.outcome(id, first.appKey) == "malformed")
        }
    }

    @Test("accepts the newest root key only, and none before there is one")
    func rootKey() throws {
        let bench = try Bench()
        let credentials = Credentials(bench.authority.apps)
        #expect(!credentials.isRoot([]))
        #expect(!credentials.isRoot([UInt8](repeating: 0, count: 32)))
        var last: [UInt8] = []
        for _ in 0..<3 {
            let key = try bench.executor.run { [authority = bench.authority] in
                try await authority.apps.rotateRootKey()
            }
            #expect(key.count == 128)
            #expect(credentials.isRoot(key))
            #expect(!credentials.isRoot(last))
            last = key
        }
    }
}

extension Credentials {
    fileprivate func outcome(_ id: String, _ key: [UInt8]) -> String {
        let access = Array(id.utf8).withUnsafeBytes { id in
            key.withUnsafeBytes { self.access(appID: id, key: $0) }
        }
        return switch access {
        case .granted(let app): app.idText
        case .malformedID: "malformed"
        case .denied: "denied"
        }
    }

    fileprivate func grants(_ id: String, _ key: [UInt8]) -> Bool {
        outcome(id, key) == id.uppercased()
    }

    fileprivate func isRoot(_ key: [UInt8]) -> Bool { key.withUnsafeBytes { isRootKey($0) } }
}
