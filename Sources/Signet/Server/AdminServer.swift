internal import SignetHandlers
internal import SignetRuntime

/// The admin listener, on a loop of its own, so that it answers also when the others are busy.
final class AdminServer: Sendable {
    /// One scraper, some probes, and an operator.
    private static let connectionsMax = 64

    private let http: HTTPServer
    private let check: ReadinessCheck

    /// - Parameter descriptors: sockets that were passed on, in place of one at `address`.
    init(
        at address: SocketAddress, passedOn descriptors: [Int32], _ instruments: Instruments,
        _ check: ReadinessCheck
    ) throws(LoopError) {
        self.check = check
        var settings = HTTPSettings()
        settings.connectionsMax = Self.connectionsMax
        http = try HTTPServer(
            at: address, passedOn: descriptors, loops: 1, settings: settings, name: "admin"
        ) { _, _ in
            [
                AdminHandler(
                    instruments.counts, read: { instruments.read() },
                    readiness: { await check.readiness() })
            ]
        }
    }

    /// Where it listens.
    var address: SocketAddress { http.address }

    /// The one loop.
    var loops: [EventLoop] { http.loops }

    /// From now on the server is not ready.
    func didBeginToDrain() { check.didBeginToDrain() }

    /// Ends it at once.
    func stop() { http.stop() }
}
