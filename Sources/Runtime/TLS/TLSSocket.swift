internal import CLibUV
internal import COpenSSL

/// TLS on one connection, of a server or of a client, between its socket and who is told of its bytes: what comes is
/// decrypted, what is written is encrypted. Touched only on its loop's thread.
///
/// It has no bytes of its own but what the kernel has not taken: OpenSSL reads from the loop's read buffer and
/// writes to the loop's `TLSBuffers`, and keeps a record that has not come whole (16 KiB at most). While
/// something waits to be written nothing is read, so that a peer can't have us answer what it does not read.
package final class TLSSocket: TCPSocketDelegate {
    /// For a client that does not speak TLS.
    private static let plaintextAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 30\r\n"
        + "Connection: close\r\n\r\nThis port speaks HTTPS alone.\n"

    private let socket: TCPSocket
    /// The `TLSContext` or `TLSClient` that made `ssl`: lives as long as that, whose callbacks ask it.
    private let maker: AnyObject
    private let buffers: TLSBuffers
    private let ssl: OpaquePointer
    private var delegate: (any TCPSocketDelegate)?
    /// What OpenSSL has not read of what has just come; empty but during `didReceive`.
    private var incoming = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What became of earlier writes and waits for the kernel behind them.
    private var unwritten: [UInt8] = []
    /// Whether the delegate waits for `didDrain`.
    private var owesDrain = false
    private var wantsReading = false
    private var mustShutDown = false
    /// Whether the delegate waits for `didConnect`.
    private var owesConnect: Bool
    private var phase = Phase.open

    private enum Phase {
        case open
        /// The peer has ended its side.
        case ended
        /// Our side was ended, or nothing can be said any more.
        case silent
        case closed
    }

    /// The server's side of an accepted connection. Nil without memory: `socket` is closed by who made it then.
    convenience init?(on socket: TCPSocket, _ context: TLSContext, _ buffers: TLSBuffers) {
        self.init(on: socket, context.makeServerSide(), by: context, buffers, isClient: false)
    }

    /// Begins to connect to the server at `address`; the delegate is told by `didConnect` when the handshake is over,
    /// or has failed. Throws when not even that can be done; the delegate is told nothing then.
    package static func connect(
        to address: SocketAddress, by client: TLSClient, on eventLoop: EventLoop,
        delegate: any TCPSocketDelegate
    ) throws(LoopError) -> TLSSocket {
        let socket = try TCPSocket(connectingTo: address, on: eventLoop, delegate: nil)
        guard
            let secured = TLSSocket(
                on: socket, client.makeSide(), by: client, client.buffers, isClient: true)
        else {
            socket.close()
            throw LoopError(call: "SSL_new", status: UV_ENOMEM.rawValue)
        }
        secured.delegate = delegate
        socket.setDelegate(secured)
        return secured
    }

    private init?(
        on socket: TCPSocket, _ ssl: OpaquePointer?, by maker: AnyObject, _ buffers: TLSBuffers,
        isClient: Bool
    ) {
        guard let ssl else { return nil }
        self.socket = socket
        self.buffers = buffers
        self.maker = maker
        self.ssl = ssl
        owesConnect = isClient
        guard let bio = TLSSocketBIO.make(for: self) else { return nil }
        SSL_set_bio(ssl, bio, bio)
    }

    deinit { SSL_free(ssl) }

    /// Whether the handshake is over.
    var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

    /// What was agreed on: `TLSv1.3, TLS_AES_128_GCM_SHA256`. Only when the handshake is over.
    package var agreement: String {
        let (version, cipher) = (
            SSL_get_version(ssl), SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))
        )
        return [version, cipher].compactMap { $0.map { String(cString: $0) } }
            .joined(separator: ", ")
    }

    /// Whether earlier bytes wait for the peer to read; then nothing more may be written.
    package var isWritePending: Bool { socket.isWritePending }

    /// Begins to read, for `delegate`.
    func start(_ delegate: any TCPSocketDelegate) {
        self.delegate = delegate
        socket.setDelegate(self)
        startReading()
    }

    /// Delivers bytes, as soon as nothing waits to be written.
    package func startReading() {
        wantsReading = true
        if !socket.isWritePending { socket.startReading() }
    }

    func stopReading() {
        wantsReading = false
        socket.stopReading()
    }

    /// Encrypts `bytes` and writes them, as `TCPSocket.write` does. Only when the handshake is over.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(LoopError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        var count = 0
        // What others left in the thread's error queue is not this call's.
        ERR_clear_error()
        guard SSL_write_ex(ssl, base, bytes.count, &count) == 1, count == bytes.count else {
            ERR_clear_error()
            phase = .silent
            throw LoopError(call: "SSL_write", status: UV_EPROTO.rawValue)
        }
        try flush()
        owesDrain = socket.isWritePending
    }

    /// Says that nothing more will come (close_notify), and ends our side of the connection.
    func shutdown() {
        sayEnd()
        if unwritten.isEmpty { socket.shutdown() } else { mustShutDown = true }
    }

    /// Closes the socket, after a close_notify if the kernel takes it.
    package func close() {
        guard phase != .closed else { return }
        sayEnd()
        phase = .closed
        socket.close()
    }

    // MARK: For OpenSSL

    /// Takes bytes that have come; 0 when there are no more.
    func take(into target: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(target.count, incoming.count)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: incoming[..<count]))
        incoming = UnsafeRawBufferPointer(rebasing: incoming[count...])
        return count
    }

    func wrote(_ bytes: UnsafeRawBufferPointer) {
        buffers.output.append(contentsOf: bytes)
    }

    // MARK: Socket events

    package func didConnect(_ error: LoopError?) {
        if let error { return tell(error) }
        startReading()
        // The client speaks first; nothing has come yet.
        didReceive(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    package func didReceive(_ bytes: UnsafeRawBufferPointer) {
        incoming = bytes
        defer { incoming = UnsafeRawBufferPointer(start: nil, count: 0) }
        while phase == .open || phase == .silent {
            var count = 0
            let error = read(&count)
            do throws(LoopError) {
                // What the handshake says, or an alert, before anybody can write anything else.
                try flush()
            } catch {
                return end(error)
            }
            if owesConnect, isEstablished {
                owesConnect = false
                delegate?.didConnect(nil)
            }
            if count > 0 {
                delegate?.didReceive(
                    UnsafeRawBufferPointer(
                        rebasing: UnsafeRawBufferPointer(buffers.plain)[..<count]))
            }
            switch error {
            case SSL_ERROR_NONE:
                if incoming.isEmpty, SSL_has_pending(ssl) == 0 { return }
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN: return end(nil)
            default: return fail()
            }
        }
    }

    package func didEnd(_ error: LoopError?) {
        // Whether a close_notify came before makes no difference: requests say how long they are, so that
        // one that was cut off is never taken for whole.
        end(error)
    }

    package func didDrain(_ error: LoopError?) {
        if error == nil {
            do throws(LoopError) {
                try flush()
            } catch {
                return end(error)
            }
            if socket.isWritePending { return }
            if mustShutDown { socket.shutdown() }
            if wantsReading { socket.startReading() }
        }
        if owesDrain || error != nil {
            owesDrain = false
            delegate?.didDrain(error)
        }
    }

    package func didClose() {
        phase = .closed
        delegate?.didClose()
        delegate = nil
    }

    // MARK: Records

    /// Fills the loop's buffer with `count` bytes of what has come, and returns what OpenSSL says to go on.
    private func read(_ count: inout Int) -> Int32 {
        ERR_clear_error()
        while count < buffers.plain.count {
            guard let base = buffers.plain.baseAddress else { break }
            var taken = 0
            let status = SSL_read_ex(ssl, base + count, buffers.plain.count - count, &taken)
            guard status == 1 else { return SSL_get_error(ssl, status) }
            count += taken
            if incoming.isEmpty, SSL_has_pending(ssl) == 0 { break }
        }
        return SSL_ERROR_NONE
    }

    /// Writes what OpenSSL has put into the loop's buffer, behind what waits already.
    private func flush() throws(LoopError) {
        guard !buffers.output.isEmpty || !unwritten.isEmpty else { return }
        defer { buffers.emptyOutput() }
        guard !socket.isWritePending else {
            unwritten.append(contentsOf: buffers.output)
            return
        }
        if unwritten.isEmpty {
            try write(raw: buffers.output)
        } else {
            var bytes: [UInt8] = []
            swap(&bytes, &unwritten)
            bytes.append(contentsOf: buffers.output)
            try write(raw: bytes)
        }
        if socket.isWritePending { socket.stopReading() }
    }

    private func write(raw bytes: [UInt8]) throws(LoopError) {
        try bytes.withUnsafeBufferPointer { bytes throws(LoopError) in
            try socket.write(UnsafeRawBufferPointer(bytes))
        }
    }

    private func sayEnd() {
        guard phase == .open || phase == .ended, isEstablished else { return }
        phase = .silent
        ERR_clear_error()
        SSL_shutdown(ssl)
        ERR_clear_error()
        // Nobody is left to tell that the peer is gone.
        try? flush()
    }

    // MARK: Ends

    private func end(_ error: LoopError?) {
        guard phase != .closed, phase != .ended || error != nil else { return }
        if phase == .open { phase = .ended }
        tell(error)
    }

    /// Says that the connection is over, or that it could not be made.
    private func tell(_ error: LoopError?) {
        guard owesConnect else { delegate?.didEnd(error); return }
        owesConnect = false
        delegate?.didConnect(error ?? LoopError(call: "TLS", status: UV_EOF.rawValue))
    }

    /// The peer does not keep to the protocol. OpenSSL has said so, unless it never spoke it.
    private func fail() {
        let code = ERR_peek_error()
        let reason = owesConnect ? handshakeFailure(code) : ""
        let isPlaintext =
            ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST
        ERR_clear_error()
        guard phase != .closed else { return }
        phase = .silent
        if isPlaintext {
            try? write(raw: Array(Self.plaintextAnswer.utf8))
        }
        tell(LoopError(call: "TLS\(reason)", status: UV_EPROTO.rawValue))
    }

    /// OpenSSL's words for what was wrong with the server.
    private func handshakeFailure(_ code: UInt) -> String {
        var reasons = [ERR_reason_error_string(code).map { String(cString: $0) }]
        let verdict = SSL_get_verify_result(ssl)
        if verdict != X509_V_OK {
            reasons.append(X509_verify_cert_error_string(verdict).map { String(cString: $0) })
        }
        return " (\(reasons.compactMap { $0 }.joined(separator: ": ")))"
    }
}
