internal import CLibUV
import Glibc

/// Accepts connections from one listening socket on one loop.
///
/// It polls the descriptor and calls `accept4` itself rather than `uv_listen`, because libuv has no way
/// to leave connections in the backlog, and closes them unserved when descriptors run out
/// (docs/decisions/0004-own-accept.md). Touched only on the loop's thread.
final class Acceptor: PollOwner {
    /// Accepted in one round before other sockets get their turn.
    private static let connectionsPerRoundMax = 256
    /// The same for a socket from which other loops accept too: each of them wakes up for a new connection, and one that took
    /// all of a rush would have them all to itself from then on.
    private static let sharedConnectionsPerRoundMax = 4

    private let poll: UnsafeMutablePointer<uv_poll_t>
    private let socket: ListeningSocket
    private let accepted: (Int32, SocketAddress) -> Void
    private let mayAccept: () -> Bool
    private(set) var isPaused = true
    private var isClosed = false

    /// Watches `socket`, which it owns from here on, even if it throws. `mayAccept` is asked before each connection; when
    /// it says no, the acceptor pauses until `resume`.
    init(
        _ socket: ListeningSocket, on eventLoop: EventLoop, mayAccept: @escaping () -> Bool,
        accepted: @escaping (Int32, SocketAddress) -> Void
    ) throws(LoopError) {
        self.socket = socket
        self.accepted = accepted
        self.mayAccept = mayAccept
        poll = .allocate(capacity: 1)
        let status = uv_poll_init(eventLoop.loop, poll, socket.descriptor)
        guard status == 0 else {
            poll.deallocate()
            socket.close()
            throw LoopError(call: "uv_poll_init", status: status)
        }
        // Balanced in the close callback.
        poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        resume()
    }

    /// Goes on accepting after a pause; what waits in the backlog comes first.
    func resume() {
        guard isPaused, !isClosed else { return }
        isPaused = false
        let status = uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { poll, _, _ in
            Acceptor.from(poll?.pointee.data)?.accept()
        }
        precondition(status == 0, "the poll handle is open")
    }

    /// Stops accepting and closes the listening socket. A second call does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        isPaused = true
        uv_poll_stop(poll)
        let handle = UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            guard let handle, let owner = handle.pointee.data else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
            Unmanaged<Acceptor>.fromOpaque(owner).release()
        }
        socket.close()
    }

    private func accept() {
        let most =
            socket.isShared ? Self.sharedConnectionsPerRoundMax : Self.connectionsPerRoundMax
        for _ in 0..<most {
            guard mayAccept() else { return pause() }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    signet_accept4(
                        socket.descriptor, $0, &length,
                        Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            if descriptor >= 0 {
                accepted(descriptor, SocketAddress(storage, length: length))
                continue
            }
            switch errno {
            case EAGAIN: return
            // The peer was gone before we came, or a signal did: the next one.
            case ECONNABORTED, EINTR, EPROTO: continue
            // No descriptors or memory: level-triggered polling would spin, so wait for the sweep.
            default: return pause()
            }
        }
    }

    private func pause() {
        guard !isPaused else { return }
        isPaused = true
        uv_poll_stop(poll)
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> Acceptor? {
        guard let context else { return nil }
        return Unmanaged<Acceptor>.fromOpaque(context).takeUnretainedValue()
    }
}
