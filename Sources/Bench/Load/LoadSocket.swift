import SignetRuntime

/// One connection to the server, plain or by TLS. Its delegate is told `didConnect` once: when requests can be sent, or
/// that they can't. Touched only on its loop's thread.
enum LoadSocket {
    case plain(TCPSocket)
    case secured(TLSSocket)

    /// Begins to connect. Throws when not even that can be done; the delegate is told nothing then.
    init(
        connectingTo address: SocketAddress, by tls: TLSClient?, on eventLoop: EventLoop,
        delegate: any TCPSocketDelegate
    ) throws(LoopError) {
        if let tls {
            self = .secured(
                try TLSSocket.connect(to: address, by: tls, on: eventLoop, delegate: delegate))
        } else {
            self = .plain(
                try TCPSocket(connectingTo: address, on: eventLoop, delegate: delegate))
        }
    }

    /// Whether earlier bytes wait for the peer to read; then nothing more may be written.
    var isWritePending: Bool {
        switch self {
        case .plain(let socket): socket.isWritePending
        case .secured(let socket): socket.isWritePending
        }
    }

    /// What the two sides agreed on; nil for plain HTTP.
    var agreement: String? {
        switch self {
        case .plain: nil
        case .secured(let socket): socket.agreement
        }
    }

    func startReading() {
        switch self {
        case .plain(let socket): socket.startReading()
        case .secured(let socket): socket.startReading()
        }
    }

    @inline(__always)
    func write(_ bytes: UnsafeRawBufferPointer) throws(LoopError) {
        switch self {
        case .plain(let socket): try socket.write(bytes)
        case .secured(let socket): try socket.write(bytes)
        }
    }

    func close() {
        switch self {
        case .plain(let socket): socket.close()
        case .secured(let socket): socket.close()
        }
    }
}
