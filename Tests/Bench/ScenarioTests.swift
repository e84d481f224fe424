import SignetCrypto
import SignetRuntime
import Synchronization
import Testing

@testable import SignetBench

/// What is sent, in which order, and what is made of the answers.
@Suite struct ScenarioTests {
    private let app = BenchApp(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "k/+9", algorithm: .hs256)

    private func call(_ name: String) -> LoadCall {
        LoadCall(name, [ClientRequest(.get, "/\(name)")])
    }

    @Test("spreads the calls of a mix evenly, each as often as its weight")
    func order() {
        let scenario = LoadScenario(mixing: [
            .init(call("a"), weight: 5), .init(call("b"), weight: 1), .init(call("c"), weight: 2),
        ])
        #expect(scenario.name == "mix (a 5, b 1, c 2)")
        #expect(scenario.order.count == 8)
        for (index, weight) in [5, 1, 2].enumerated() {
            #expect(scenario.order.count { $0 == index } == weight)
        }
        // The most frequent call never comes more than twice in a row, over the seam either.
        let twice = scenario.order + scenario.order
        for start in 0..<13 {
            #expect(twice[start..<start + 4].contains { $0 != 0 })
        }
    }

    @Test("sends a mix by its weights, and counts each call by itself", arguments: [1, 2])
    func mix(threads: Int) throws {
        let counts = Monitor<[String: Int]>([:])
        let server = try CannedServer { request in
            counts.withLock { $0[request.pathText, default: 0] += 1 }
            return (.ok, "ok")
        }
        defer { server.stop() }

        let scenario = LoadScenario(mixing: [
            .init(call("a"), weight: 3), .init(call("b"), weight: 1),
        ])
        var plan = LoadPlan.short(server.address, scenario)
        plan.threads = threads
        let report = try LoadGenerator(plan).run()
        let (a, b) = counts.withLock { ($0["/a"] ?? 0, $0["/b"] ?? 0) }
        #expect(b > 0)
        #expect(abs(a - 3 * b) <= 4 * threads)
        #expect(report.calls.map(\.name) == ["a", "b"])
        #expect(report.calls.map { Int($0.latency.count) } == [a, b])
        #expect(report.calls.reduce(0) { $0 + $1.requests } == report.requests)
        #expect(Int(report.latency.count) == a + b)
    }

    /// Hands out refresh tokens that are good once.
    private final class TokenOffice: Sendable {
        let good = Monitor<Set<String>>([])
        let next = Atomic<Int>(0)
        let wasted = Atomic<Int>(0)

        func pair() -> (HTTPStatus, String) {
            let number = next.add(1, ordering: .relaxed).newValue
            // Of growing length, so that no head fits all.
            let token = "r.\(String(repeating: "x", count: number % 7))\(number).s"
            good.withLock { _ = $0.insert(token) }
            return (.ok, #"{"key_id":"k","auth_token":"a.b.c","refresh_token":"\#(token)"}"#)
        }

        func renew(_ body: String) -> (HTTPStatus, String) {
            let start = #"{"refresh_token":""#
            let end = #"","ip":"1.1.1.1","useragent":"my-user-agent"}"#
            guard body.hasPrefix(start), body.hasSuffix(end) else { return (.badRequest, "") }
            let token = String(body.dropFirst(start.count).dropLast(end.count))
            guard good.withLock({ $0.remove(token) }) != nil else { return (.notFound, "") }
            return pair()
        }
    }

    @Test("renews each session by its last refresh token, and makes no more than it needs")
    func renew() throws {
        let office = TokenOffice()
        let signs = Atomic<Int>(0)
        let server = try CannedServer { request in
            guard request.pathText.hasSuffix("/renew") else {
                signs.add(1, ordering: .relaxed)
                return office.pair()
            }
            return office.renew(request.bodyText)
        }
        defer { server.stop() }

        let plan = LoadPlan.short(
            server.address, LoadScenario(.renew(app)), connections: 3, pipeline: 2)
        let report = try LoadGenerator(plan).run()
        #expect(report.errors == LoadErrors())
        #expect(signs.load(ordering: .relaxed) <= 6)
        // What only prepares a session is no renewal.
        #expect(Int(report.latency.count) == server.count - signs.load(ordering: .relaxed))
        #expect(report.requests > 6)
    }

    @Test("takes up new sessions for those whose renewal fails")
    func lostSessions() throws {
        let office = TokenOffice()
        let server = try CannedServer { request in
            guard request.pathText.hasSuffix("/renew") else { return office.pair() }
            // Every third renewal is refused, and its token is gone.
            let turn = office.wasted.add(1, ordering: .relaxed).newValue
            return turn % 3 == 0 ? (.serviceUnavailable, "") : office.renew(request.bodyText)
        }
        defer { server.stop() }

        let plan = LoadPlan.short(server.address, LoadScenario(.renew(app)), connections: 2)
        let report = try LoadGenerator(plan).run()
        #expect(Set(report.errors.statuses.keys) == [503])
        #expect(report.errors.total == report.errors.statuses[503])
        #expect(report.requests > report.errors.total)
    }

    @Test("signs in with a form, and wants 201 and both tokens")
    func signIn() throws {
        let server = try CannedServer { request in
            let isRight =
                request.method == .post && request.pathText == "/api/rest/signin"
                && request.bodyText == "login=a%40b.c&password=p%26%3D%20%C3%A4"
            let body = #"{"tokenType":"Bearer","refreshToken":"a.b.c","accessToken":"d.e.f"}"#
            return isRight ? (.created, body) : (.badRequest, "")
        }
        defer { server.stop() }

        var plan = LoadPlan.short(
            server.address, LoadScenario(.signIn(login: "a@b.c", password: "p&= ä")))
        plan.verifySample = 0
        let report = try LoadGenerator(plan).run()
        #expect(report.errors == LoadErrors())
        #expect(report.requests > 0)
    }

    @Test("looks for what an introspection and a key set have to say")
    func texts() throws {
        let server = try CannedServer { request in
            switch request.pathText {
            case "/oauth/introspect": (.ok, #"{"active":true,"sub":"x"}"#)
            default: (.ok, #"{"keys":[]}"#)
            }
        }
        defer { server.stop() }

        for call in [LoadCall.introspect(app, ["a.b.c"]), .jwks] {
            let report = try LoadGenerator(.short(server.address, LoadScenario(call))).run()
            #expect(report.errors == LoadErrors())
            #expect(report.requests > 0)
        }
        let refusing = try CannedServer { _ in (.ok, #"{"active":false}"#) }
        defer { refusing.stop() }
        for call in [LoadCall.introspect(app, ["a.b.c"]), .jwks] {
            let report = try LoadGenerator(.short(refusing.address, LoadScenario(call))).run()
            #expect(report.requests == 0)
            #expect(report.errors.unexpectedBodies == refusing.count || call == .jwks)
        }
    }
}
