import SignetRuntime
import Testing

@testable import SignetBench

/// Requests that go out at their time, whatever the server does.
@Suite struct OpenLoopTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("sends as many requests as were due, whoever sends them", arguments: [1, 2])
    func count(threads: Int) throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, connections: 8, milliseconds: 600)
        plan.threads = threads
        plan.pace = .open(perSecond: 500, .constant)
        let report = try LoadGenerator(plan).run()
        // 0, 2, 4 … 598 ms: none is left out, however busy the machine is.
        #expect(server.count == 300)
        #expect(report.latency.count == 300)
        #expect(report.errors == LoadErrors())
    }

    @Test("counts the time that a request waits for a stalled server from when it was due")
    func stall() throws {
        var latencies: [LatencyFigures] = []
        // The closed loop gets as far as the stall on the slowest machine, too.
        for (pace, place) in [(LoadPace.closed, 10), (.open(perSecond: 200, .constant), 50)] {
            let server = try RawServer(.stall(Self.answer, at: place, milliseconds: 500))
            defer { server.stop() }
            var plan = LoadPlan.short(server.address, .get, connections: 1, milliseconds: 1000)
            plan.pace = pace
            latencies.append(try LoadGenerator(plan).run().latency)
        }
        let (closed, open) = (latencies[0], latencies[1])
        // Both see the stall, but the closed loop as one request among thousands: it waited for the
        // server with its others. A hundred of the open loop's two hundred were due in that time,
        // and half of these waited for a quarter of a second or more.
        #expect(closed.max >= 500_000_000 && open.max >= 500_000_000)
        #expect(closed.p90 < 250_000_000)
        #expect(open.p90 >= 250_000_000)
        #expect(open.count == 200)
    }

    @Test("says which requests were due and never sent")
    func unsent() throws {
        let server = try RawServer(.silent)
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, connections: 1, milliseconds: 600)
        plan.timeout = .milliseconds(100)
        plan.pace = .open(perSecond: 1000, .constant)
        var errors: LoadErrors?
        _ = try? LoadGenerator(plan).run { errors = $0.errors }
        let found = try #require(errors)
        // 600 were due; each time-out took the one that was on the way with it.
        #expect(found.unsent > 0 && found.timeouts > 0)
        #expect(found.unsent + found.timeouts <= 600)
    }

    @Test("spaces constant arrivals evenly over all loops")
    func constant() {
        var times: [UInt64] = []
        for index in 0..<3 {
            var arrivals = ArrivalTimes(
                from: 1_000_000, perSecond: 30_000, .constant, index: index, loops: 3, seed: 0)
            for _ in 0..<1000 {
                times.append(arrivals.next)
                arrivals.advance()
            }
        }
        for (number, time) in times.sorted().enumerated() {
            let exact = 1_000_000 + Double(number) * 1e9 / 30_000
            #expect(abs(Double(time) - exact) <= 1)
        }
    }

    @Test("spaces Poisson arrivals by an exponential distribution, which the seed decides")
    func poisson() {
        func gaps(seed: UInt64) -> [Double] {
            var arrivals = ArrivalTimes(
                from: 0, perSecond: 1000, .poisson, index: 0, loops: 2, seed: seed)
            return (0..<50_000).map { _ in
                let before = arrivals.next
                arrivals.advance()
                return Double(arrivals.next - before)
            }
        }
        let first = gaps(seed: 7)
        #expect(first == gaps(seed: 7))
        #expect(first != gaps(seed: 8))
        // Of two loops each has half of the rate. Mean and deviation of an exponential distribution
        // are equal; both are known to within 2 % with this many gaps, by more than four sigmas.
        let mean = first.reduce(0, +) / Double(first.count)
        let variance = first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(first.count)
        #expect(abs(mean - 2_000_000) < 40_000)
        #expect(abs(variance.squareRoot() - 2_000_000) < 60_000)
        // A third of the gaps is shorter than ln 1.5 of the mean.
        let short = first.count { $0 < mean * 0.405465 }
        #expect(abs(Double(short) / Double(first.count) - 1.0 / 3) < 0.01)
    }
}
