import SignetRuntime

/// The answer to one call.
package struct HTTPAnswer: Sendable, Equatable {
    package let status: Int
    package let body: [UInt8]

    /// The value of a string member of a JSON body that our own server wrote; nil when it is not
    /// there. `opening` is the member up to its value.
    func member(_ opening: StaticString) -> String? {
        body.withUnsafeBytes { body in
            AnswerText.member(opening, in: body).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

/// Makes single calls, each on a connection and a loop of its own, to prepare a measurement.
/// Blocks; not for a loop's thread.
package struct HTTPCall: Sendable {
    private let target: LoadTarget
    private let timeout: Duration

    /// - Parameter timeout: how long a call may take, from connecting to the last byte.
    package init(to target: LoadTarget, timeout: Duration = .seconds(10)) {
        self.target = target
        self.timeout = timeout
    }

    /// Sends `request` and returns its answer. Throws when there is none, or its status is not 200.
    package func perform(_ request: ClientRequest) throws(BenchError) -> HTTPAnswer {
        let address = target.address
        let tls = try target.makeTLS()
        let outcome = Monitor<SingleExchange.Outcome?>(nil)
        let group: LoopGroup
        do throws(LoopError) {
            group = try LoopGroup(count: 1, name: "call") { eventLoops throws(LoopError) in
                let exchange = SingleExchange(request.bytes(host: target.host)) { result in
                    outcome.withLock { $0 = $0 ?? result }
                    outcome.broadcast()
                }
                try exchange.start(to: address, by: tls, on: eventLoops[0])
            }
        } catch {
            throw BenchError(.cannotStart(error), address)
        }
        let milliseconds = Int(timeout.nanoseconds / 1_000_000)
        let result = outcome.wait(atMostMilliseconds: milliseconds) { $0 }
        group.stop()
        switch result {
        case nil: throw BenchError(.noAnswers, address)
        case .unreachable(let error): throw BenchError(.unreachable(error), address)
        case .cutShort: throw BenchError(.answerCutShort, address)
        case .malformed: throw BenchError(.malformedAnswer, address)
        case .answer(let answer):
            guard answer.status == 200 else {
                let text = String(decoding: answer.body.prefix(200), as: UTF8.self)
                throw BenchError(.refused(status: answer.status), address, detail: text)
            }
            return answer
        }
    }
}

/// One request and its answer on a connection of its own. Touched only on its loop's thread.
private final class SingleExchange: TCPSocketDelegate {
    enum Outcome: Sendable {
        case answer(HTTPAnswer)
        case unreachable(LoopError)
        case cutShort
        case malformed
    }

    private let request: [UInt8]
    private let finish: (Outcome) -> Void
    private var received: [UInt8] = []
    /// Released in `didClose`, which ends the cycle of socket and delegate.
    private var socket: LoadSocket?

    init(_ request: [UInt8], finish: @escaping (Outcome) -> Void) {
        self.request = request
        self.finish = finish
    }

    func start(
        to address: SocketAddress, by tls: TLSClient?, on eventLoop: EventLoop
    ) throws(LoopError) {
        socket = try LoadSocket(connectingTo: address, by: tls, on: eventLoop, delegate: self)
    }

    func didConnect(_ error: LoopError?) {
        if let error { return finish(.unreachable(error)) }
        socket?.startReading()
        do throws(LoopError) {
            try request.withUnsafeBufferPointer { bytes throws(LoopError) in
                try socket?.write(UnsafeRawBufferPointer(bytes))
            }
        } catch {
            finish(.cutShort)
        }
    }

    func didReceive(_ bytes: UnsafeRawBufferPointer) {
        received.append(contentsOf: bytes)
        switch received.withUnsafeBytes({ AnswerHead.read($0) }) {
        case .incomplete: return
        case .malformed: finish(.malformed)
        case .head(let head):
            guard received.count >= head.totalCount else { return }
            let body = Array(received[head.headCount..<head.totalCount])
            finish(.answer(HTTPAnswer(status: head.status, body: body)))
        }
    }

    func didEnd(_ error: LoopError?) { finish(.cutShort) }

    func didDrain(_ error: LoopError?) {
        if error != nil { finish(.cutShort) }
    }

    func didClose() { socket = nil }
}
