internal import CCurl

/// The transfers of one loop, by libcurl's multi socket interface: libcurl says which sockets it waits for
/// and for how long, and is told when bytes or the time have come. Touched only on the loop's thread.
final class CurlMulti {
    private let multi: UnsafeMutableRawPointer
    private let eventLoop: EventLoop
    private var timer: LoopTimer?
    private var sockets: [curl_socket_t: CurlSocket] = [:]
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var isClosed = false

    /// Nil without memory. libcurl has been loaded.
    init?(on eventLoop: EventLoop) {
        guard let multi = signet_curl_multi_new() else { return nil }
        self.multi = multi
        self.eventLoop = eventLoop
        timer = try? LoopTimer(on: eventLoop) { [unowned self] in act(CURL_SOCKET_BAD, 0) }
        // Not retained: `close` comes before the end of this object.
        signet_curl_multi_watch(
            multi, Self.socketChanged, Self.timerChanged, Unmanaged.passUnretained(self).toOpaque())
        guard timer != nil else {
            close()
            return nil
        }
    }

    deinit { precondition(isClosed, "libcurl still knows this object") }

    /// How many transfers are under way.
    var count: Int { transfers.count }

    /// Begins a transfer, which is told of its end on the loop.
    func start(_ transfer: Transfer) {
        guard !isClosed, signet_curl_multi_add(multi, transfer.easy) == CURLM_OK else {
            return transfer.end(nil)
        }
        transfers[transfer.easy] = transfer
    }

    /// Ends what is under way, and gives up everything. A second call does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        let ending = transfers.values
        transfers = [:]
        for transfer in ending {
            signet_curl_multi_remove(multi, transfer.easy)
            transfer.end(nil)
        }
        // Connections that were kept are closed in here, by the callbacks.
        signet_curl_multi_free(multi)
        for socket in sockets.values { socket.close() }
        sockets = [:]
        timer?.cancel()
        timer = nil
    }

    /// Tells libcurl what happened on a socket, or, without one, that its time has come.
    private func act(_ socket: curl_socket_t, _ events: Int32) {
        guard !isClosed else { return }
        signet_curl_multi_act(multi, socket, events)
        var code = CURLE_OK
        while let easy = signet_curl_multi_take_ended(multi, &code) {
            signet_curl_multi_remove(multi, easy)
            transfers.removeValue(forKey: easy)?.end(code)
        }
    }

    private func watch(_ socket: curl_socket_t, for what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            sockets.removeValue(forKey: socket)?.close()
            return
        }
        if sockets[socket] == nil {
            // Without it the transfer runs into its time-out.
            sockets[socket] = try? CurlSocket(socket, on: eventLoop) { [unowned self] events in
                act(socket, events)
            }
        }
        sockets[socket]?.watch(for: what)
    }

    // Both are called by libcurl while one of the methods above calls it.

    private static let socketChanged: curl_socket_callback = { _, socket, what, context, _ in
        CurlMulti.from(context)?.watch(socket, for: what)
        return 0
    }

    private static let timerChanged: curl_multi_timer_callback = { _, milliseconds, context in
        guard let timer = CurlMulti.from(context)?.timer else { return 0 }
        if milliseconds < 0 {
            timer.unset()
        } else {
            // Never at once: libcurl must not be called from its own callback.
            timer.set(afterMilliseconds: UInt64(max(1, milliseconds)))
        }
        return 0
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
        guard let context else { return nil }
        return Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
    }
}
