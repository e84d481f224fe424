@testable import SignetRuntime

/// What the handlers of a `TestServer` note and wait for.
final class Desk: Sendable {
    struct Notes {
        /// Requests that handlers began with.
        var begun = 0
        /// Requests to `/wait` that have not been let go.
        var waiting: [UnsafeContinuation<Void, Never>] = []
        var isOpen = false
    }

    let notes = Monitor(Notes())

    func begin() {
        notes.withLock { $0.begun += 1 }
        notes.broadcast()
    }

    /// Waits until `letGo`.
    func wait() async {
        await withUnsafeContinuation { continuation in
            let isOpen = notes.withLock { notes in
                if !notes.isOpen { notes.waiting.append(continuation) }
                return notes.isOpen
            }
            if isOpen { continuation.resume() }
            notes.broadcast()
        }
    }

    /// Lets all go that wait, and who comes later.
    func letGo() {
        let waiting = notes.withLock { notes in
            defer { notes.waiting = [] }
            notes.isOpen = true
            return notes.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Blocks until `count` requests wait; false when that takes too long.
    func hasWaiting(_ count: Int) -> Bool {
        notes.wait(atMostMilliseconds: 120_000) { $0.waiting.count == count ? true : nil } ?? false
    }

    /// Blocks until `count` requests were begun; false when that takes too long.
    func hasBegun(_ count: Int) -> Bool {
        notes.wait(atMostMilliseconds: 120_000) { $0.begun >= count ? true : nil } ?? false
    }

    var begun: Int { notes.withLock { $0.begun } }
}

/// Answers `/wait…` when the desk lets go, `/loop` with the loop's index, `/big` with 256 KiB, and all else
/// with method, target and body.
final class TestHandler: RequestHandler {
    private let desk: Desk
    private let index: Int

    init(desk: Desk, index: Int) {
        self.desk = desk
        self.index = index
    }

    func respond(to exchange: Exchange) {
        desk.begin()
        let target = text(exchange.request.target, of: exchange)
        guard target.hasPrefix("/wait") else { return answer(exchange, target) }
        exchange.run {
            await self.desk.wait()
            self.answer(exchange, target)
        }
    }

    private func answer(_ exchange: Exchange, _ target: String) {
        precondition(exchange.eventLoop.isCurrent, "a handler stays on its loop")
        exchange.response.contentType = "text/plain"
        switch target {
        case "/loop": exchange.response.body = Array("\(index)".utf8)
        case "/big": exchange.response.body = [UInt8](repeating: 0x61, count: 256 * 1024)
        default:
            let method = text(exchange.request.methodName, of: exchange)
            let body = text(exchange.request.body, of: exchange)
            exchange.response.body = Array("\(method) \(target) \(body)".utf8)
        }
        exchange.finish()
    }

    func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        exchange.response.body = Array("\(refusal.text)".utf8)
    }

    private func text(_ range: Range<Int>, of exchange: Exchange) -> String {
        String(decoding: exchange.request.bytes[range], as: UTF8.self)
    }
}

/// A server on a port of its own, which ends with the test.
final class TestServer {
    let desk = Desk()
    let http: HTTPServer
    var address: SocketAddress { http.address }

    /// Time-outs are looked after every 10 ms. Nothing goes for being idle before a test has given up.
    ///
    /// - Parameter passedOn: listening sockets, which it owns from here on, in place of some of its own.
    init(
        loops: Int = 1, passedOn: [Int32] = [], tls: TLSIdentity? = nil,
        _ change: (inout HTTPSettings) -> Void = { _ in }
    ) throws {
        var settings = HTTPSettings()
        settings.sweepIntervalMilliseconds = 10
        settings.idleTimeoutMilliseconds = 600_000
        change(&settings)
        http = try HTTPServer(
            at: .anyPort, passedOn: passedOn, loops: loops, settings: settings, tls: tls
        ) { [desk] eventLoops, _ in
            eventLoops.map { TestHandler(desk: desk, index: $0.index) }
        }
    }

    deinit {
        desk.letGo()
        http.stop()
    }

    func connect(receiveBufferBytes: Int32? = nil) throws -> Client {
        try Client(address, receiveBufferBytes: receiveBufferBytes)
    }

    /// Waits until `count` connections are open, while the loops go round; false when that takes too
    /// long.
    func hasConnections(_ count: Int) -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while http.openConnections != count {
            guard ContinuousClock.now < deadline else { return false }
            for eventLoop in http.loops {
                let round = Monitor(false)
                eventLoop.submit {
                    round.withLock { $0 = true }
                    round.signal()
                }
                _ = round.wait(atMostMilliseconds: 1000) { $0 ? true : nil }
            }
        }
        return true
    }
}

extension SocketAddress {
    /// A free port of this machine.
    static var anyPort: SocketAddress {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else {
            preconditionFailure("a numeric address is an address")
        }
        return address
    }
}
