import Foundation
import SignetCrypto
import SignetStorage
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Key ring")
struct KeyRingTests {
    @Test("never lets a private key or an app key reach the store", arguments: Algorithm.fastCases)
    func sealed(_ algorithm: Algorithm) throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let created = try bench.createApp(algorithm)
        let secret = created.signingKey.privateKey.encoded
        #expect(secret.count >= 32)
        var stored: [UInt8] = []
        for case .insertKey(let key) in store.writes.joined() {
            stored += key.sealedPrivateKey + key.publicKey
        }
        for case .insertApp(let app) in store.writes.joined() {
            stored += app.keyHash + Array((app.name + app.description).utf8)
        }
        let haystack = Data(stored)
        // A PKCS#8 key begins with what all keys share; its secret number is somewhere behind.
        for start in stride(from: 0, through: secret.count - 16, by: 8)
        where start > 24 || start == 0 {
            let part = start == 0 ? Data(secret) : Data(secret[start..<start + 16])
            let isPublic = created.signingKey.row.publicKey.containsBytes(part)
            guard !isPublic else { continue }
            #expect(haystack.range(of: part) == nil)
            for text in [
                part.base64EncodedString(), part.map { String(format: "%02x", $0) }.joined(),
            ] {
                #expect(haystack.range(of: Data(text.utf8)) == nil)
            }
        }
        #expect(haystack.range(of: Data(created.appKey)) == nil)
        #expect(created.app.row.keyHash == SHA256Digest.digest(created.appKey))
    }

    @Test("opens after a restart with the same master key, and verifies what was signed before")
    func restart() throws {
        let store = MemoryStore()
        let first = try Bench(store)
        let app = try first.createApp(.es256).app
        let pair = try first.pair(first.registry(), app)
        let second = try Bench(store, masterKey: first.masterKey)
        let same = try #require(second.authority.apps.directory.current.app(idText: app.idText))
        let registry = second.registry()
        #expect(try second.verify(pair.auth, registry, same, at: Bench.now))
        _ = try second.pair(registry, same)
    }

    @Test("refuses to start with another master key, with and without keys in the store")
    func wrongMasterKey() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        #expect(throws: AuthorityError.wrongMasterKey) { try Bench(store) }
        _ = try bench.createApp()
        #expect(throws: AuthorityError.wrongMasterKey) { try Bench(store) }
        _ = try Bench(store, masterKey: bench.masterKey)
    }

    @Test("does not claim a store whose keys do not open")
    func claim() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        _ = try bench.createApp()
        try bench.executor.run {
            for name in try await store.load().properties.keys {
                try await store.write([.removeProperty(name: name)])
            }
        }
        #expect(throws: AuthorityError.wrongMasterKey) { try Bench(store) }
        _ = try Bench(store, masterKey: bench.masterKey)
    }

    @Test("does not open a key that was moved to another row")
    func moved() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        _ = try bench.createApp()
        _ = try bench.createApp()
        try bench.executor.run {
            let keys = try await store.load().keys
            var first = keys[0]
            first.sealedPrivateKey = keys[1].sealedPrivateKey
            try await store.write([.updateKey(first)])
        }
        #expect(throws: AuthorityError.wrongMasterKey) {
            try Bench(store, masterKey: bench.masterKey)
        }
    }

    @Test("leaves out a key of an algorithm that only a later version knows")
    func unknownAlgorithm() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        let known = try bench.createApp().app
        let app = try bench.createApp().app
        try bench.executor.run { [authority = bench.authority] in
            var row = try #require(try await store.load().keys.last)
            row.algorithm = "ML-DSA-44"
            try await store.write([.updateKey(row)])
            try await authority.apps.followChanges()
        }
        #expect(bench.authority.keyRing.keys.current.keys(app: app.number).isEmpty)
        _ = try bench.pair(bench.registry(), known)
    }

    @Test("finds a key in its own app only")
    func realm() throws {
        let bench = try Bench()
        let first = try bench.createApp()
        let second = try bench.createApp()
        let keys = bench.authority.keyRing.keys.current
        #expect(keys.key(first.signingKey.id, app: first.app.number)?.id == first.signingKey.id)
        #expect(keys.key(first.signingKey.id, app: second.app.number) == nil)
    }
}

extension Algorithm {
    /// Those whose keys are made in no time.
    fileprivate static let fastCases: [Algorithm] = [
        .hs256, .hs512, .es256, .es512, .eddsa, .rs256,
    ]
}

extension [UInt8] {
    fileprivate func containsBytes(_ part: Data) -> Bool { Data(self).range(of: part) != nil }
}
