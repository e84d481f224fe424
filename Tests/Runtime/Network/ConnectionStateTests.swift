import Testing

@testable import SignetRuntime

@Suite("ConnectionState")
struct ConnectionStateTests {
    /// The states there are, with at most two requests in flight.
    enum Setup: String, CaseIterable, Codable {
        case idle, busy, full, blocked, endedBusy, endedIdle, drainedAmidRequest
        case lastBusy, lastBlocked, lastAnswered, lingering, closed

        var state: ConnectionState {
            var state = ConnectionState(requestsInFlightMax: 2)
            switch self {
            case .idle: break
            case .busy: state.received(keepsAlive: true)
            case .full:
                state.received(keepsAlive: true)
                state.received(keepsAlive: true)
            case .blocked: state.writeBlocked()
            case .endedBusy:
                state.received(keepsAlive: true)
                state.peerEnded()
            case .endedIdle: state.peerEnded()
            case .drainedAmidRequest: state.drain(isReadingRequest: true)
            case .lastBusy: state.received(keepsAlive: false)
            case .lastBlocked:
                state.received(keepsAlive: false)
                state.answered(1)
                state.writeBlocked()
            case .lastAnswered, .lingering:
                state.received(keepsAlive: false)
                state.answered(1)
                if self == .lingering { state.lingers() }
            case .closed: state.broke()
            }
            return state
        }
    }

    enum Input: String, CaseIterable, Codable {
        case received, receivedLast, refused, answered, writeBlocked, writeDrained, lingers,
            peerEnded
        case drain, drainAmidRequest, broke, drainKeepingIdle

        func apply(to state: inout ConnectionState) {
            switch self {
            case .received: state.received(keepsAlive: true)
            case .receivedLast: state.received(keepsAlive: false)
            case .refused: state.refused()
            case .answered: state.answered(1)
            case .writeBlocked: state.writeBlocked()
            case .writeDrained: state.writeDrained()
            case .lingers: state.lingers()
            case .peerEnded: state.peerEnded()
            case .drain: state.drain(isReadingRequest: false)
            case .drainAmidRequest: state.drain(isReadingRequest: true)
            case .broke: state.broke()
            case .drainKeepingIdle: state.drain(isReadingRequest: false, keepsIdle: true)
            }
        }
    }

    struct Case: Codable {
        let setup: Setup
        let input: Input
    }

    /// Phase and step after each input, in the order of `Input.allCases`; a dash is impossible.
    static let table: [Setup: String] = [
        .idle: """
        open read, finishing pause, finishing pause, -, open pause, open read, -, open close,
        closed close, open read, closed close, open read
        """,
        .busy: """
        open pause, finishing pause, finishing pause, open read, open pause, open read, -, open pause,
        finishing pause, open read, closed close, finishing pause
        """,
        .full: """
        -, -, -, open read, open pause, open pause, -, open pause,
        finishing pause, open pause, closed close, finishing pause
        """,
        .blocked: """
        -, -, -, -, open pause, open read, -, open pause,
        finishing pause, open pause, closed close, open pause
        """,
        .endedBusy: """
        open pause, finishing pause, finishing pause, open close, open pause, open pause, -, open pause,
        finishing pause, open pause, closed close, finishing pause
        """,
        .endedIdle: """
        open pause, finishing pause, finishing pause, -, open pause, open close, -, open close,
        closed close, open close, closed close, open close
        """,
        .drainedAmidRequest: """
        finishing pause, finishing pause, finishing pause, -, open pause, open read, -, open close,
        closed close, open read, closed close, open read
        """,
        .lastBusy: """
        -, -, -, finishing linger, finishing pause, finishing pause, -, finishing pause,
        finishing pause, finishing pause, closed close, finishing pause
        """,
        .lastBlocked: """
        -, -, -, -, finishing pause, finishing linger, -, finishing pause,
        finishing pause, finishing pause, closed close, finishing pause
        """,
        .lastAnswered: """
        -, -, -, -, finishing pause, finishing linger, lingering linger, finishing close,
        finishing linger, finishing linger, closed close, finishing linger
        """,
        .lingering: """
        -, -, -, -, lingering linger, lingering linger, lingering linger, lingering close,
        lingering linger, lingering linger, closed close, lingering linger
        """,
        .closed: """
        -, -, -, -, closed close, closed close, -, closed close,
        closed close, closed close, closed close, closed close
        """,
    ]

    static let cases: [(Case, String)] = Setup.allCases.flatMap { setup in
        let row = (table[setup] ?? "").split { $0 == "," || $0 == "\n" }
            .map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        return zip(Input.allCases, row).map { (Case(setup: setup, input: $0), String($1)) }
    }

    @Test("knows every state and every input")
    func tableIsWhole() {
        #expect(Self.cases.count == Setup.allCases.count * Input.allCases.count)
    }

    @Test("goes where the table says", arguments: Self.cases.filter { $0.1 != "-" })
    func follows(_ scene: Case, _ expected: String) {
        var state = scene.setup.state
        scene.input.apply(to: &state)
        #expect("\(state.phase) \(state.step)" == expected)
    }

    @Test("traps on the impossible", arguments: Self.cases.filter { $0.1 == "-" }.map(\.0))
    func traps(_ scene: Case) async {
        await #expect(processExitsWith: .failure) { [scene] in
            var state = scene.setup.state
            scene.input.apply(to: &state)
        }
    }

    @Test("the answer after the last request says so, and no earlier one")
    func lastRequest() {
        var state = ConnectionState(requestsInFlightMax: 2)
        state.received(keepsAlive: true)
        #expect(!state.isLastRequest)
        state.received(keepsAlive: false)
        #expect(state.isLastRequest)
    }
}
