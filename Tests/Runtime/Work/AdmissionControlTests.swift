import Testing

@testable import SignetRuntime

@Suite("AdmissionControl")
struct AdmissionControlTests {
    /// Asks every millisecond from `start` for `milliseconds`, with the same wait.
    private func ask(
        _ control: AdmissionControl, wait: Int64, from start: Int64, for milliseconds: Int64
    ) -> [Bool] {
        (start..<start + milliseconds).map { now in
            control.note(waitMilliseconds: wait, at: now)
            return control.admits(waitMilliseconds: wait, at: now)
        }
    }

    @Test("takes whatever waits no longer than the target")
    func short() {
        let control = AdmissionControl(targetMilliseconds: 25)
        #expect(ask(control, wait: 25, from: 1_000_000, for: 5_000).allSatisfy { $0 })
    }

    @Test("takes a burst for half a second, then refuses what has to wait for longer")
    func burst() {
        let control = AdmissionControl(targetMilliseconds: 25)
        let answers = ask(control, wait: 26, from: 1_000_000, for: 2_000)
        #expect(answers.prefix(500).allSatisfy { $0 })
        #expect(answers.dropFirst(500).allSatisfy { !$0 })
        // What waits shortly is taken all the time.
        #expect(control.admits(waitMilliseconds: 25, at: 1_002_000))
    }

    @Test("refuses a burst that would wait for too long, and one that comes soon after refusals")
    func rigour() {
        let control = AdmissionControl(targetMilliseconds: 25)
        #expect(ask(control, wait: 501, from: 1_000_000, for: 1) == [false])
        // The queue has become short, and long again.
        _ = ask(control, wait: 0, from: 1_000_001, for: 1)
        #expect(ask(control, wait: 30, from: 1_000_002, for: 100).allSatisfy { !$0 })
        _ = ask(control, wait: 0, from: 1_001_103, for: 1)
        #expect(ask(control, wait: 30, from: 1_001_104, for: 100).allSatisfy { $0 })
    }

    @Test("takes bursts again when the clock was set back")
    func clock() {
        let control = AdmissionControl(targetMilliseconds: 25)
        #expect(ask(control, wait: 501, from: 9_000_000, for: 1) == [false])
        _ = ask(control, wait: 0, from: 9_000_001, for: 1)
        #expect(ask(control, wait: 30, from: 1_000_000, for: 100).allSatisfy { $0 })
    }
}
