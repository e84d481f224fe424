import Foundation
import SignetRuntime
import TestSupport
import Testing

@testable import SignetBench

/// The page that a report makes.
@Suite struct PageTests {
    @Test("needs nothing from elsewhere, is well formed, and has its charts and facts")
    func page() throws {
        let server = try CannedServer { _ in (.ok, "ok") }
        defer { server.stop() }

        let scenario = LoadScenario(mixing: [
            .init(LoadCall("a<b", [ClientRequest(.get, "/a")]), weight: 1),
            .init(LoadCall("c&d", [ClientRequest(.get, "/c")]), weight: 2),
        ])
        var plan = LoadPlan.short(server.address, scenario, milliseconds: 300)
        plan.pace = .open(perSecond: 500, .constant)
        plan.facts.algorithm = "ES256"
        let report = try LoadGenerator(plan).run()
        let script = """
            import html.parser, re, sys
            page = sys.stdin.read()
            assert not re.search(r"https?:|//|src=|href=|url\\(|@import|<script", page), page

            class Reader(html.parser.HTMLParser):
                def __init__(self):
                    super().__init__()
                    self.open, self.count, self.text, self.paths = [], {}, "", []
                def handle_starttag(self, tag, attributes):
                    self.count[tag] = self.count.get(tag, 0) + 1
                    if tag == "path": self.paths.append(dict(attributes)["d"])
                    if tag not in ("meta", "line", "path"): self.open.append(tag)
                def handle_startendtag(self, tag, attributes):
                    self.count[tag] = self.count.get(tag, 0) + 1
                    if tag == "path": self.paths.append(dict(attributes)["d"])
                def handle_endtag(self, tag):
                    assert self.open.pop() == tag, (tag, self.getpos())
                def handle_data(self, data):
                    self.text += data

            reader = Reader()
            reader.feed(page)
            assert reader.open == [], reader.open
            assert reader.count["svg"] == 3 and reader.count["circle"] > 30, reader.count
            # All lines stay within their pictures.
            for path in reader.paths:
                numbers = [float(x) for x in re.findall(r"[-\\d.]+", path)]
                assert all(0 <= x <= 560 for x in numbers[::2]), path
                assert all(0 <= y <= 268 for y in numbers[1::2]), path
            for text in ("mix (a<b 1, c&d 2)", "ES256", "open loop", "keep-alive", "durability"):
                assert text in reader.text, text
            """
        try Python.run(script, input: Data(report.page.utf8))
    }

    @Test("can be made of a run in which nothing was answered well")
    func empty() throws {
        let server = try CannedServer { _ in (.serviceUnavailable, "") }
        defer { server.stop() }

        let report = try LoadGenerator(.short(server.address, .get)).run()
        #expect(report.page.contains("status 503"))
        #expect(!report.page.contains("nan") && !report.page.contains("inf\""))
    }

    @Test("puts values on axes where they belong")
    func axes() {
        let linear = ChartAxis.linear(upTo: 93) { "\(Int($0))" }
        #expect(linear.ticks.map(\.label) == ["0", "20", "40", "60", "80", "100"])
        #expect(linear.position(50) == 0.5 && linear.position(200) == 1)

        let logarithmic = ChartAxis.logarithmic(from: 30, upTo: 1500) { "\(Int($0))" }
        #expect(
            logarithmic.ticks.map(\.label) == ["20", "50", "100", "200", "500", "1000", "2000"])
        #expect(abs(logarithmic.position(200) - 0.5) < 1e-9)

        let percentiles = ChartAxis.percentiles(upTo: 4)
        #expect(
            percentiles.ticks.map(\.label) == ["50 %", "0 %", "90 %", "99 %", "99.9 %", "99.99 %"])
        #expect(abs(percentiles.position(99) - 0.5) < 1e-9 && percentiles.position(100) == 1)
    }
}
