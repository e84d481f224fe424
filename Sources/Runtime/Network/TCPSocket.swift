internal import CLibUV
import Glibc

/// Who is told what happens on a `TCPSocket`. Every call comes on the socket's loop.
package protocol TCPSocketDelegate: AnyObject {
    /// An outgoing connection stands (nil), or could not be made.
    func didConnect(_ error: LoopError?)
    /// Bytes arrived. They are valid until the call returns.
    func didReceive(_ bytes: UnsafeRawBufferPointer)
    /// The peer sent its last byte (nil), or the connection broke. Nothing more will be received.
    func didEnd(_ error: LoopError?)
    /// All that waited to be written is written (nil), or can't be.
    func didDrain(_ error: LoopError?)
    /// The socket is closed; the last call of all.
    func didClose()
}

/// The one owner of a `uv_tcp_t`: one connection on one loop, incoming or outgoing.
///
/// Not `Sendable`: it is touched only on its loop's thread. The libuv handle keeps the socket alive,
/// and the socket its delegate, from `init` until the close callback.
package final class TCPSocket {
    private let tcp: UnsafeMutablePointer<uv_tcp_t>
    private let eventLoop: EventLoop
    private var delegate: (any TCPSocketDelegate)?
    /// Bytes that libuv has not yet taken from us, and the request that carries them.
    private var pendingWrite: UnsafeMutablePointer<uv_write_t>?
    private var pendingBytes: UnsafeMutableRawBufferPointer?

    /// From `close` on libuv has the handle for itself, and gives its memory up.
    private var isClosed = false

    /// Whether earlier bytes wait for the peer to read; then nothing more may be written.
    package var isWritePending: Bool { pendingWrite != nil }

    /// How many of them wait still.
    var unsentBytes: Int { isClosed ? 0 : uv_stream_get_write_queue_size(stream) }

    /// Whether bytes have arrived that nobody was told of yet.
    var hasInput: Bool {
        guard !isClosed, let number = try? descriptor() else { return false }
        var byte: UInt8 = 0
        return recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    private init(on eventLoop: EventLoop, empty: Void) throws(LoopError) {
        self.eventLoop = eventLoop
        tcp = .allocate(capacity: 1)
        let status = uv_tcp_init(eventLoop.loop, tcp)
        guard status == 0 else {
            tcp.deallocate()
            throw LoopError(call: "uv_tcp_init", status: status)
        }
        // Balanced in the close callback.
        tcp.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Takes over the accepted socket `descriptor`. When it throws, the descriptor is closed.
    package convenience init(
        accepted descriptor: Int32, on eventLoop: EventLoop
    ) throws(LoopError) {
        do throws(LoopError) {
            try self.init(on: eventLoop, empty: ())
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        let status = uv_tcp_open(tcp, descriptor)
        guard status == 0 else {
            Glibc.close(descriptor)
            close()
            throw LoopError(call: "uv_tcp_open", status: status)
        }
    }

    /// Begins to connect to `address`; the delegate, which may also be set before the loop's next round, is told how that
    /// went.
    package convenience init(
        connectingTo address: SocketAddress, on eventLoop: EventLoop,
        delegate: (any TCPSocketDelegate)?
    ) throws(LoopError) {
        try self.init(on: eventLoop, empty: ())
        self.delegate = delegate
        uv_tcp_nodelay(tcp, 1)
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        request.pointee.data = tcp.pointee.data
        let status = address.withSockaddr { socketAddress, _ in
            uv_tcp_connect(request, tcp, socketAddress) { request, status in
                guard let request else { return }
                let socket = TCPSocket.from(request.pointee.data)
                request.deallocate()
                socket?.delegate?.didConnect(
                    status < 0 ? LoopError(call: "connect", status: status) : nil)
            }
        }
        guard status == 0 else {
            request.deallocate()
            self.delegate = nil
            close()
            throw LoopError(call: "uv_tcp_connect", status: status)
        }
    }

    /// Sets who is told of events, before reading starts.
    package func setDelegate(_ delegate: any TCPSocketDelegate) {
        self.delegate = delegate
    }

    /// Begins to deliver bytes. Does nothing when it does so already or the socket is closing.
    package func startReading() {
        guard !isClosed else { return }
        // UV_EALREADY is the only failure of a socket of ours that is not closing.
        _ = uv_read_start(
            stream,
            { handle, _, buffer in
                guard let buffer, let socket = TCPSocket.from(handle?.pointee.data) else { return }
                let memory = socket.eventLoop.readBuffer
                buffer.pointee.base = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
                buffer.pointee.len = memory.count
            },
            { stream, count, buffer in
                guard let socket = TCPSocket.from(stream?.pointee.data) else { return }
                if count > 0 {
                    socket.delegate?.didReceive(
                        UnsafeRawBufferPointer(start: buffer?.pointee.base, count: count))
                } else if count < 0 {
                    let status = Int32(truncatingIfNeeded: count)
                    let isEnd = status == UV_EOF.rawValue
                    socket.delegate?.didEnd(
                        isEnd ? nil : LoopError(call: "read", status: status))
                }
            })
    }

    /// Stops delivering bytes; the kernel then stops the peer.
    package func stopReading() {
        guard !isClosed else { return }
        uv_read_stop(stream)
    }

    /// Writes `bytes`: at once as far as the kernel takes them, the rest as soon as it can, and then
    /// tells the delegate `didDrain`. Throws when the connection is broken.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(LoopError) {
        precondition(!isWritePending, "the rest of an earlier write waits")
        guard !isClosed else { throw LoopError(call: "write", status: UV_ECANCELED.rawValue) }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        // Nothing of ours waits in libuv, so that its `uv_try_write` would do no more than this; but it
        // calls write(2), which takes the file's position lock and more on its way to the socket.
        var written = send(try descriptor(), base, bytes.count, signetSendFlags)
        if written < 0 {
            guard errno == EAGAIN || errno == EINTR || errno == ENOBUFS else {
                throw LoopError(call: "send", status: -errno)
            }
            written = 0
        }
        if written < bytes.count {
            try writeLater(UnsafeRawBufferPointer(rebasing: bytes[written...]))
        }
    }

    /// Sends the end of our side after what was written, and goes on reading.
    package func shutdown() {
        guard !isClosed else { return }
        let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
        let status = uv_shutdown(request, stream) { request, _ in request?.deallocate() }
        if status != 0 { request.deallocate() }
    }

    /// Closes the socket; the delegate's `didClose` follows. A second call does nothing.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        let handle = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            guard let owner = handle?.pointee.data else { return }
            let socket = Unmanaged<TCPSocket>.fromOpaque(owner).takeRetainedValue()
            let delegate = socket.delegate
            socket.delegate = nil
            socket.tcp.deallocate()
            delegate?.didClose()
        }
    }

    private func descriptor() throws(LoopError) -> Int32 {
        var descriptor: Int32 = -1
        let handle = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
        try check(uv_fileno(handle, &descriptor), "uv_fileno")
        return descriptor
    }

    private func writeLater(_ bytes: UnsafeRawBufferPointer) throws(LoopError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyMemory(from: bytes)
        let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        request.pointee.data = tcp.pointee.data
        var buffer = uv_buf_t(
            base: copy.baseAddress?.assumingMemoryBound(to: CChar.self), len: copy.count)
        pendingWrite = request
        pendingBytes = copy
        let status = uv_write(request, stream, &buffer, 1) { request, status in
            // Runs before the close callback, so that the socket is alive.
            guard let socket = TCPSocket.from(request?.pointee.data) else { return }
            socket.forgetPendingWrite()
            socket.delegate?.didDrain(
                status < 0 ? LoopError(call: "write", status: status) : nil)
        }
        guard status == 0 else {
            forgetPendingWrite()
            throw LoopError(call: "uv_write", status: status)
        }
    }

    private func forgetPendingWrite() {
        pendingWrite?.deallocate()
        pendingBytes?.deallocate()
        pendingWrite = nil
        pendingBytes = nil
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> TCPSocket? {
        guard let context else { return nil }
        return Unmanaged<TCPSocket>.fromOpaque(context).takeUnretainedValue()
    }
}
