import SignetBench
import SignetRuntime
import Testing

/// The search for the highest rate, against servers whose limit is known.
@Suite struct RateSearchTests {
    @Test(
        "finds the limit to within 3 %, whatever it was told to begin with",
        arguments: [
            (1.0, 100_000.0), (0.79, 100_000), (0.81, 40_000), (0.3, 20_000), (3.0, 5000),
            (0.05, 1_000_000), (1.4, 70),
        ])
    func finds(share: Double, capacity: Double) throws {
        let limit = capacity * share
        var search = RateSearch(capacity: capacity)
        var steps = 0
        while let rate = search.next {
            search.tried(isGood: rate <= limit)
            steps += 1
        }
        let found = try #require(search.highestGood)
        #expect(found <= limit)
        #expect(found >= limit / 1.031)
        #expect(steps <= 16)
    }

    @Test("gives up when no rate is good, and when every rate is")
    func ends() {
        var none = RateSearch(capacity: 50_000)
        while none.next != nil { none.tried(isGood: false) }
        #expect(none.highestGood == nil)

        var all = RateSearch(capacity: 50_000)
        var tried: [Double] = []
        while let rate = all.next {
            tried.append(rate)
            all.tried(isGood: true)
        }
        #expect(tried == tried.sorted())
        #expect(all.highestGood == tried.last)
    }

    @Test("sweeps a server, and says so when its objective can't be met")
    func sweep() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        var plan = LoadPlan.short(server.address, .get, milliseconds: 400)
        plan.connections = 2
        // No answer comes within a nanosecond.
        let report = try LoadGenerator.sweep(plan, under: .nanoseconds(1), .poisson)
        let sweep = try #require(report.sweep)
        #expect(sweep.highestGood == nil)
        // How many there are depends on what the machine can do.
        #expect(!sweep.steps.isEmpty)
        #expect(sweep.steps.allSatisfy { !$0.isGood })
        #expect(sweep.steps.map(\.rate) == sweep.steps.map(\.rate).sorted(by: >))
        #expect(report.text.contains("no rate was found at which p99 is up to 0.00 us"))
    }
}
