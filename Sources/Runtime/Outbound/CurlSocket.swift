internal import CCurl
internal import CLibUV

/// Watches a socket that libcurl has opened, and closes itself. Touched only on the loop's thread.
final class CurlSocket: PollOwner {
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private let ready: (Int32) -> Void
    private var isClosed = false

    /// - Parameter ready: is told by libcurl's words what may be done (`CURL_CSELECT_IN` …).
    init(
        _ socket: curl_socket_t, on eventLoop: EventLoop, ready: @escaping (Int32) -> Void
    ) throws(LoopError) {
        self.ready = ready
        poll = .allocate(capacity: 1)
        let status = uv_poll_init_socket(eventLoop.loop, poll, socket)
        guard status == 0 else {
            poll.deallocate()
            throw LoopError(call: "uv_poll_init_socket", status: status)
        }
        // Balanced in the close callback.
        poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Watches for what libcurl waits for: `CURL_POLL_IN`, `_OUT` or `_INOUT`.
    func watch(for what: Int32) {
        guard !isClosed else { return }
        var events: UInt32 = 0
        if what & CURL_POLL_IN != 0 { events |= UV_READABLE.rawValue }
        if what & CURL_POLL_OUT != 0 { events |= UV_WRITABLE.rawValue }
        let status = uv_poll_start(poll, Int32(events)) { poll, status, events in
            CurlSocket.from(poll?.pointee.data)?.didHappen(status, UInt32(events))
        }
        precondition(status == 0, "the poll handle is open")
    }

    /// Stops watching, before libcurl closes the socket. A second call does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        uv_poll_stop(poll)
        let handle = UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            guard let handle, let owner = handle.pointee.data else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
            Unmanaged<CurlSocket>.fromOpaque(owner).release()
        }
    }

    private func didHappen(_ status: Int32, _ events: UInt32) {
        var what: Int32 = status < 0 ? CURL_CSELECT_ERR : 0
        if events & UV_READABLE.rawValue != 0 { what |= CURL_CSELECT_IN }
        if events & UV_WRITABLE.rawValue != 0 { what |= CURL_CSELECT_OUT }
        ready(what)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlSocket? {
        guard let context else { return nil }
        return Unmanaged<CurlSocket>.fromOpaque(context).takeUnretainedValue()
    }
}
