import Synchronization

/// An HTTP/1.1 server on the loops of a group, each of which accepts from listening sockets of its own.
package final class HTTPServer: Sendable {
    /// Where it listens, with the port that the kernel chose if port 0 was asked for.
    package let address: SocketAddress
    private let group: LoopGroup
    private let servers: [LoopServer]
    private let connections: LoopServer.OpenConnections
    private let loopsDraining: Monitor<Int>

    /// Binds one socket for each of `loops` to one address, starts the loops' threads, and serves. Throws `LoopError`,
    /// with `isAddressInUse` when another server has the port.
    ///
    /// `handlers` makes one handler for each loop, in order, on the calling thread before the loops
    /// run, and may register round observers; they run before the answers of a round are written. It
    /// is told where the server listens. With `tls`, it speaks HTTPS alone.
    ///
    /// - Parameter descriptors: sockets that listen already, to serve on in place of those at `address`. The server owns
    ///   them from here on, even if this throws.
    package convenience init(
        at address: SocketAddress, passedOn descriptors: [Int32] = [], loops: Int,
        settings: HTTPSettings = HTTPSettings(), tls: TLSIdentity? = nil, name: String = "loop",
        handlers: ([EventLoop], SocketAddress) -> [any RequestHandler]
    ) throws(LoopError) {
        let sockets =
            descriptors.isEmpty
            ? try ListeningSocket.group(loops, at: address).map { [$0] }
            : try ListeningSocket.dealt(descriptors, among: loops)
        try self.init(on: sockets, settings, tls, name: name, handlers)
    }

    /// Starts a loop's thread for each element of `sockets`, which accepts from those.
    ///
    /// - Parameter sockets: each loop has at least one. The server owns them from here on, even if this throws.
    private init(
        on sockets: [[ListeningSocket]], _ settings: HTTPSettings, _ tls: TLSIdentity?,
        name: String, _ handlers: ([EventLoop], SocketAddress) -> [any RequestHandler]
    ) throws(LoopError) {
        var left = sockets[...]
        let bound = sockets[0][0].address
        self.address = bound
        let connections = LoopServer.OpenConnections(max: settings.connectionsMax)
        self.connections = connections
        var servers: [LoopServer] = []
        do throws(LoopError) {
            group = try LoopGroup(count: sockets.count, name: name) {
                eventLoops throws(LoopError) in
                for (eventLoop, handler) in zip(eventLoops, handlers(eventLoops, bound)) {
                    let server = LoopServer(
                        on: eventLoop, settings, tls, connections, handler: handler)
                    try server.start(left.removeFirst())
                    servers.append(server)
                }
            }
        } catch {
            for socket in left.joined() { socket.close() }
            throw error
        }
        self.servers = servers
        loopsDraining = Monitor(servers.count)
    }

    /// The loops, in the order of their index.
    package var loops: [EventLoop] { group.loops }

    /// Connections that are open now, on all loops together.
    package var openConnections: Int { connections.count.load(ordering: .relaxed) }

    /// How late each loop is, in nanoseconds: by its timer of a second, the last time or by now.
    package var loopLags: [Int64] {
        let now = WallClock.monotonicNanoseconds
        return servers.map { $0.lag.nanoseconds(at: now) }
    }

    /// Answers that wait in memory for peers to read, in bytes, as of the last second or so.
    package var unsentBytes: Int {
        servers.reduce(0) { $0 + $1.unsentBytes.load(ordering: .relaxed) }
    }

    /// Stops accepting, finishes what is in flight, and returns when all connections are closed or
    /// `milliseconds` are over: whether all were. Blocks; not from a loop.
    package func drain(atMostMilliseconds milliseconds: Int) -> Bool {
        for server in servers {
            server.eventLoop.submit { [loopsDraining] in
                server.drain {
                    loopsDraining.withLock { $0 -= 1 }
                    loopsDraining.broadcast()
                }
            }
        }
        return loopsDraining.wait(atMostMilliseconds: milliseconds) { $0 == 0 ? true : nil }
            ?? false
    }

    /// Closes what is left, stops the loops and waits for their threads. Not from a loop.
    package func stop() {
        for server in servers { server.eventLoop.submit { server.end() } }
        group.stop()
    }
}
