import Foundation
import SignetCrypto
import SignetStorage
import Testing

@testable import SignetAuthority

/// `/.well-known/jwks.json` and `/app/{app_id}/.well-known/jwks.json` (RFC 7517 section 5).
@Suite("JWKS")
struct JWKSTests {
    private static func document(
        _ server: TestServer, _ app: TestApp? = nil, method: String = "GET", fields: [String] = []
    ) async throws -> Answer {
        let path = app.map { "/app/\($0.id)/.well-known/jwks.json" } ?? "/.well-known/jwks.json"
        return try await server.call(method, path, fields: fields)
    }

    private static func keys(_ answer: Answer) throws -> [[String: String]] {
        try #require(try answer.object()["keys"] as? [[String: String]])
    }

    @Test("lists the public keys of asymmetric apps, and no part of any secret")
    func allAlgorithms() async throws {
        let server = try await TestServer()
        var expected: [String: String] = [:]
        for algorithm in Algorithm.allCases {
            let app = try await server.createApp(algorithm)
            let own = try Self.keys(try await Self.document(server, app))
            guard !algorithm.isSymmetric else {
                #expect(own.isEmpty)
                continue
            }
            expected[app.keyID] = algorithm.name
            #expect(own.map { $0["kid"] } == [app.keyID])
            #expect(own.map { $0["alg"] } == [algorithm.name])
        }
        let answer = try await Self.document(server)
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == ["application/json"])
        #expect(answer.field("cache-control") == ["public, max-age=300"])
        let all = try Self.keys(answer)
        #expect(all.count == expected.count)
        for key in all {
            let id = try #require(key["kid"])
            #expect(key["alg"] == expected[id])
            #expect(key["use"] == "sig")
            let names: Set<String> =
                switch key["kty"] {
                case "RSA": ["n", "e"]
                case "EC": ["crv", "x", "y"]
                case "OKP": ["crv", "x"]
                default: []
                }
            #expect(!names.isEmpty)
            #expect(Set(key.keys) == names.union(["kty", "kid", "use", "alg"]))
        }
        await server.stop()
    }

    @Test("may be kept for half the time for which a next key is listed before it signs")
    func age() async throws {
        let server = try await TestServer()
        let app = try await server.createApp(.es256)
        for (period, age) in [(60, 15), (600, 150), (1200, 300), (86_400, 300)] {
            let changed = try await server.call(
                "PATCH", "/root/\(app.id)", key: TestServer.rootKey,
                body: """
                    {"name":"shop","token_expire":3600,"refresh_expire":7200,
                    "rotation_period":\(period)}
                    """)
            #expect(changed.status == 200)
            let answer = try await Self.document(server, app)
            #expect(answer.field("cache-control") == ["public, max-age=\(age)"])
        }
        await server.stop()
    }

    @Test("answers 304 to whoever has it, until the keys change")
    func entityTag() async throws {
        let server = try await TestServer()
        let app = try await server.createApp(.es256)
        for app in [nil, app] {
            let answer = try await Self.document(server, app)
            let tag = try #require(answer.field("etag").first)
            #expect(tag.wholeMatch(of: /"[A-Za-z0-9_-]{20,}"/) != nil)
            for known in [tag, "W/\(tag)", "\"a\", \(tag)", "*", "\"a\",W/\(tag) , \"b\""] {
                let cached = try await Self.document(
                    server, app, fields: ["If-None-Match: \(known)"])
                #expect(cached.status == 304)
                #expect(cached.body.isEmpty)
                #expect(cached.field("etag") == [tag])
                #expect(cached.field("cache-control") == ["public, max-age=300"])
                #expect(cached.field("content-length") == [])
            }
            let inner = tag.dropFirst().dropLast()
            for other in ["\"a\"", "", "\(inner)", "\"x\(inner)\"", "\"\(inner.dropLast())\""] {
                let answer = try await Self.document(
                    server, app, fields: ["If-None-Match: \(other)"])
                #expect(answer.status == 200)
            }
            let head = try await Self.document(server, app, method: "HEAD")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.field("etag") == [tag])
            #expect(head.field("content-length") == ["\(answer.body.count)"])
        }
        let before = try await Self.document(server)
        let beforeOwn = try await Self.document(server, app)
        _ = try await server.createApp(.eddsa)
        let after = try await Self.document(
            server, fields: ["If-None-Match: \(before.field("etag").first ?? "")"])
        #expect(after.status == 200)
        #expect(after.field("etag") != before.field("etag"))
        #expect(try Self.keys(after).count == 2)
        #expect(try await Self.document(server, app).field("etag") == beforeOwn.field("etag"))
        await server.stop()
    }

    @Test("lists keys before they sign and while they verify, and drops revoked ones")
    func phases() async throws {
        let server = try await TestServer()
        let app = try await server.createApp(.es256)
        let snapshot = server.authority.keyRing.keys
        let active = try #require(snapshot.current.keys(app: 1).first)
        let phases: [KeyPhase] = [.next, .verifying, .revoked]
        let others = try phases.enumerated().map { index, phase in
            var row = active.row
            row.number += Int64(index) + 1
            row.id = RowID(high: 0, low: UInt64(index))
            row.phase = phase
            return try RealmKey(row, try PrivateKey.generate(.es256))
        }
        snapshot.publish(KeySet([active] + others))
        for app in [nil, app] {
            let listed = try Self.keys(try await Self.document(server, app)).map { $0["kid"] }
            #expect(Set(listed) == [active.idText, others[0].idText, others[1].idText])
        }
        snapshot.publish(KeySet([]))
        #expect(try await Self.document(server).text == #"{"keys":[]}"#)
        await server.stop()
    }
}
