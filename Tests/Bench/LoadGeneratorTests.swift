import Glibc
import SignetBench
import SignetRuntime
import Synchronization
import Testing

/// Whole runs against real sockets on the loopback interface.
@Suite struct LoadGeneratorTests {
    @Test("counts what the server saw", arguments: [(1, 1), (4, 1), (3, 8), (64, 2), (1, 100)])
    func counts(connections: Int, pipeline: Int) throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        let plan = LoadPlan.short(
            server.address, .get, connections: connections, pipeline: pipeline)
        let report = try LoadGenerator(plan).run()
        #expect(report.errors == LoadErrors())
        #expect(report.reconnects == 0)
        // The answers on the way at the end have latencies too, but count for no rate.
        #expect(Int(report.latency.count) == server.count)
        #expect(report.requests > 0)
        #expect(server.count - connections * pipeline <= report.requests)
        #expect(report.requests <= server.count)
        #expect(abs(report.requestsPerSecond - Double(report.requests)) < 0.001)
    }

    @Test("shares the connections between threads, and adds up their counts")
    func threads() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, connections: 5)
        plan.threads = 2
        let report = try LoadGenerator(plan).run()
        #expect(Int(report.latency.count) == server.count)
        #expect(report.errors.total == 0)
    }

    @Test("leaves the warm-up out of the figures")
    func warmUp() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get)
        plan.warmUp = .milliseconds(300)
        let report = try LoadGenerator(plan).run()
        #expect(report.requests > 0)
        #expect(Int(report.latency.count) < server.count)
    }

    @Test("sends the request as it was planned")
    func request() throws {
        let app = BenchApp(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "k/+9")
        let server = try CannedServer { request in
            let isRight =
                request.method == .post && request.pathText == "/app/\(app.id)/sign"
                && request.authorizationText == "k/+9"
                && request.bodyText.hasPrefix("{\n\"sub\":\"test@test.com\"")
            return isRight
                ? (.ok, #"{"key_id":"1","auth_token":"a-_9.b.c","refresh_token":"d.e.f"}"#)
                : (.badRequest, "")
        }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, LoadScenario(.sign(app)))
        plan.verifySample = 0
        let report = try LoadGenerator(plan).run()
        #expect(report.errors.total == 0)
        #expect(report.requests > 0)
        #expect(report.tokensPerSecond == report.requestsPerSecond * 2)
    }

    @Test("verifies tokens that it had signed before, in turn")
    func verify() throws {
        var app = BenchApp(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "key")
        let number = Atomic<Int>(0)
        let seen = Monitor<Set<String>>([])
        let server = try CannedServer { request in
            if request.pathText.hasSuffix("/sign") {
                let turn = number.add(1, ordering: .relaxed).newValue
                return (.ok, #"{"auth_token":"a.b.c\#(turn)"}"#)
            }
            seen.withLock { _ = $0.insert(request.bodyText) }
            return (.ok, #"{"verified":true}"#)
        }
        defer { server.stop() }

        let tokens = try app.signTokens(3, on: server.target)
        let scenario = LoadScenario(.verify(app, tokens))
        let report = try LoadGenerator(.short(server.address, scenario)).run()
        #expect(report.errors.total == 0)
        #expect(report.requests > 0)
        #expect(report.tokensPerSecond == 0)
        #expect(seen.withLock { $0 } == Set((1...3).map { #"{"token":"a.b.c\#($0)"}"# }))
    }

    @Test("counts answers by status, and goes on")
    func statuses() throws {
        let number = Atomic<Int>(0)
        let server = try CannedServer { _ in
            let turn = number.add(1, ordering: .relaxed).newValue % 3
            return (turn == 0 ? .ok : turn == 1 ? .internalServerError : .tooManyRequests, "")
        }
        defer { server.stop() }

        let report = try LoadGenerator(.short(server.address, .get)).run()
        #expect(Set(report.errors.statuses.keys) == [500, 429])
        #expect(report.errors.statuses.values.reduce(0, +) == report.errors.total)
        #expect(report.errors.total + Int(report.latency.count) == server.count)
        #expect(report.reconnects == 0)
    }

    @Test(
        "counts bodies that are not what was expected",
        arguments: [
            #"{"verified":false}"#, #"{"auth_token":"a.b"}"#, #"{"auth_token":"a..c"}"#,
            #"{"auth_token":"a.b.c=="}"#, #"{"auth_token":"a.b.c.d"}"#, #"{"auth_token":"a.b.c"#,
            #"{"auth_token":null}"#, "", #"{"auth_token":""}"#, #"{"auth_token":"a.b\u002e.c"}"#,
            #"{"auth_token":"a.b.c"}"#, #"{"auth_token":"a.b.c","refresh_token":"a.b."}"#,
        ])
    func bodies(body: String) throws {
        let server = try CannedServer { _ in (.ok, body) }
        defer { server.stop() }

        let scenario = LoadScenario(.sign(BenchApp(id: "id", key: "key")))
        let report = try LoadGenerator(.short(server.address, scenario)).run()
        #expect(report.requests == 0)
        #expect(report.errors.unexpectedBodies == server.count)
        #expect(report.errors.total == server.count)
        #expect(report.latency.count == 0)
    }

    @Test(
        "counts what is not an answer, and connects again",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        ])
    func malformed(answer: String) throws {
        let server = try RawServer(.send(answer))
        defer { server.stop() }

        let plan = LoadPlan.short(server.address, .get, connections: 2)
        #expect(throws: BenchError.self) { try LoadGenerator(plan).run() }
        let first = try progressErrors(plan)
        #expect(first.malformed >= 2)
        #expect(first.total == first.malformed)
    }

    @Test("counts answers that are more than was asked for as malformed")
    func unasked() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let server = try RawServer(.send(answer + answer))
        defer { server.stop() }

        let report = try LoadGenerator(.short(server.address, .get, connections: 1)).run()
        #expect(report.errors.malformed > 0)
        #expect(report.reconnects > 0)
    }

    @Test("counts connections that end before the answer does as resets")
    func resets() throws {
        let server = try RawServer(.sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"))
        defer { server.stop() }

        let errors = try progressErrors(.short(server.address, .get, connections: 3))
        #expect(errors.resets >= 3)
        #expect(errors.total == errors.resets)
    }

    @Test("connects again without an error when the server says that it closes")
    func closing() throws {
        let answer = "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\nok"
        let server = try RawServer(.sendAndClose(answer))
        defer { server.stop() }

        // For longer than a server may take no connection: these are made and end between two looks.
        let report = try LoadGenerator(
            .short(server.address, .get, connections: 1, milliseconds: 4000)
        ).run()
        #expect(report.errors == LoadErrors())
        #expect(report.reconnects > 0)
        #expect(report.requests > 2)
    }

    @Test("gives up a connection whose answer does not come in time")
    func timeouts() throws {
        let server = try RawServer(.silent)
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, connections: 3, milliseconds: 2000)
        plan.timeout = .milliseconds(500)
        let errors = try progressErrors(plan)
        #expect(errors.timeouts >= 3)
        #expect(errors.total == errors.timeouts)
        #expect(reason(plan) == .noAnswers)
    }

    @Test("says so when nobody listens")
    func unreachable() throws {
        // Bound and closed again: nobody else gets the port so soon.
        let socket = try ListeningSocket.group(1, at: .anyPort)[0]
        // Closing alone would leave it to a program that another test starts, until that calls exec.
        shutdown(socket.descriptor, Int32(SHUT_RDWR))
        socket.close()
        let plan = LoadPlan.short(socket.address, .get)
        guard case .unreachable(let error?) = reason(plan) else {
            Issue.record("the run has to fail as unreachable")
            return
        }
        #expect(error.status == -ECONNREFUSED)
    }

    @Test("ends when the server ends, and does not wait for the rest of the time")
    func serverGone() throws {
        let server = try RawServer(.dieAfterFirst)
        defer { server.stop() }

        let plan = LoadPlan.short(server.address, .get, connections: 4, milliseconds: 60_000)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(reason(plan) == .serverGone)
        #expect(clock.now - start < .seconds(50))
    }

    @Test("ends when the server answers nothing, with connections still open")
    func noAnswers() throws {
        let server = try RawServer(.silent)
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, milliseconds: 60_000)
        plan.timeout = .milliseconds(300)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(reason(plan) == .noAnswers)
        #expect(clock.now - start < .seconds(50))
    }

    @Test("reports its progress, phase by phase")
    func progress() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, milliseconds: 2000)
        plan.warmUp = .milliseconds(1500)
        var states: [LoadProgress] = []
        let report = try LoadGenerator(plan).run { states.append($0) }
        let phases = states.map(\.phase)
        #expect(phases.first == .warmingUp)
        #expect(phases.contains(.measuring))
        #expect(states.map(\.requests) == states.map(\.requests).sorted())
        #expect(states.contains { $0.requestsPerSecond > 0 && ($0.p99 ?? .zero) > .zero })
        #expect(states.last?.requests == report.requests)
    }

    @Test("orders the percentiles, and keeps the mean between the extremes")
    func latency() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        let latency = try LoadGenerator(.short(server.address, .get, connections: 16)).run().latency
        let ordered = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
        #expect(ordered == ordered.sorted())
        // A round trip over the loopback interface takes microseconds, and no run of a second minutes.
        #expect(latency.p50 > 1_000)
        #expect(latency.max < 60_000_000_000)
        #expect(latency.mean > 1_000 && latency.mean <= Double(latency.max))
    }

    /// The errors that a run saw last, whether or not it failed in the end.
    private func progressErrors(_ plan: LoadPlan) throws -> LoadErrors {
        var last: LoadErrors?
        _ = try? LoadGenerator(plan).run { last = $0.errors }
        return try #require(last)
    }

    private func reason(_ plan: LoadPlan) -> BenchError.Reason? {
        do throws(BenchError) {
            _ = try LoadGenerator(plan).run()
            return nil
        } catch {
            return error.reason
        }
    }
}
