internal import SignetHandlers
internal import SignetRuntime
internal import Synchronization

/// The admin listener, on a loop of its own, so that it answers also when the others are busy.
final class AdminServer: Sendable {
    /// One scraper, some probes, and an operator.
    private static let connectionsMax = 64

    private let http: HTTPServer
    private let isDraining: Draining

    private final class Draining: Sendable {
        let flag = Atomic<Bool>(false)
    }

    /// - Parameter descriptors: sockets that were passed on, in place of one at `address`.
    init(
        at address: SocketAddress, passedOn descriptors: [Int32], _ instruments: Instruments
    ) throws(LoopError) {
        let draining = Draining()
        isDraining = draining
        var settings = HTTPSettings()
        settings.connectionsMax = Self.connectionsMax
        http = try HTTPServer(
            at: address, passedOn: descriptors, loops: 1, settings: settings, name: "admin"
        ) { _, _ in
            [
                AdminHandler(
                    instruments.counts, read: { instruments.read() },
                    readiness: {
                        draining.flag.load(ordering: .relaxed)
                            ? .draining : await instruments.readiness()
                    })
            ]
        }
    }

    /// Where it listens.
    var address: SocketAddress { http.address }

    /// The one loop.
    var loops: [EventLoop] { http.loops }

    /// From now on the server is not ready.
    func didBeginToDrain() { isDraining.flag.store(true, ordering: .relaxed) }

    /// Ends it at once.
    func stop() { http.stop() }
}
