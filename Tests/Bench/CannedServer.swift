import SignetBench
import SignetRuntime
import Synchronization

/// A real HTTP server on a port of the kernel's choice, whose answers a test prescribes.
final class CannedServer: Sendable {
    /// What the server saw and says. `Sendable`: the count is atomic, the rest does not change.
    private final class Handler: RequestHandler {
        let count = Atomic<Int>(0)
        let answer: @Sendable (Request) -> (HTTPStatus, String)

        init(answer: @escaping @Sendable (Request) -> (HTTPStatus, String)) {
            self.answer = answer
        }

        func respond(to exchange: Exchange) {
            count.add(1, ordering: .relaxed)
            let (status, body) = answer(exchange.request)
            exchange.response.status = status
            exchange.response.body = Array(body.utf8)
            exchange.finish()
        }

        func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
            count.add(1_000_000, ordering: .relaxed)
        }
    }

    private let server: HTTPServer
    private let handler: Handler

    var address: SocketAddress { server.address }

    var target: LoadTarget { LoadTarget(address, host: "localhost") }

    /// Requests that were answered so far.
    var count: Int { handler.count.load(ordering: .relaxed) }

    init(answer: @escaping @Sendable (Request) -> (HTTPStatus, String)) throws {
        let handler = Handler(answer: answer)
        self.handler = handler
        server = try HTTPServer(at: .anyPort, loops: 1) { loops, _ in loops.map { _ in handler } }
    }

    func stop() { server.stop() }
}

extension SocketAddress {
    /// The loopback address, on a port that the kernel chooses.
    static var anyPort: SocketAddress {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else {
            preconditionFailure("a numeric address")
        }
        return address
    }
}

extension LoadTarget {
    /// A server that is never called.
    static var nowhere: LoadTarget { LoadTarget(.anyPort, host: "localhost") }
}

extension Request {
    /// The decoded path.
    var pathText: String { String(decoding: bytes[path], as: UTF8.self) }

    /// The value of Authorization, or nothing.
    var authorizationText: String {
        String(decoding: bytes[authorization ?? 0..<0], as: UTF8.self)
    }

    var bodyText: String { String(decoding: bytes[body], as: UTF8.self) }
}

extension LoadPlan {
    /// A short run without warm-up.
    static func short(
        _ target: SocketAddress, _ scenario: LoadScenario, connections: Int = 4, pipeline: Int = 1,
        milliseconds: Int = 1000
    ) -> LoadPlan {
        var plan = LoadPlan(
            target: LoadTarget(target, host: "localhost"), scenario: scenario)
        plan.warmUp = .zero
        plan.duration = .milliseconds(milliseconds)
        plan.connections = connections
        plan.pipeline = pipeline
        plan.timeout = .seconds(5)
        return plan
    }
}

extension LoadScenario {
    /// The smallest request, with any answer.
    static let get = LoadScenario("get", ClientRequest(.get, "/"))
}
