import Glibc

@testable import SignetRuntime

/// A blocking client over a plain socket, so that tests decide on every byte. It belongs to one thread.
final class Client {
    enum Failure: Error {
        case system(String, errno: Int32)
        /// The server closed or reset the connection before all that was waited for.
        case ended(after: String)
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Makes a socket that is not connected yet. Each read and write waits `seconds` at most.
    init(receiveBufferBytes: Int32? = nil, seconds: Int = 20) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system("socket", errno: errno) }
        set(SO_RCVTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
        set(SO_SNDTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
        if let receiveBufferBytes { set(SO_RCVBUF, receiveBufferBytes) }
    }

    /// Connects to `address`.
    convenience init(
        _ address: SocketAddress, receiveBufferBytes: Int32? = nil, seconds: Int = 20
    ) throws {
        try self.init(receiveBufferBytes: receiveBufferBytes, seconds: seconds)
        try connect(to: address)
    }

    deinit { close(descriptor) }

    func connect(to address: SocketAddress) throws {
        let status = address.withSockaddr { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else { throw Failure.system("connect", errno: errno) }
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8)[...])
    }

    func send(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.system("send", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends `text` over and over until the server has taken none of it for `milliseconds`; returns
    /// how many bytes it took.
    func sendUntilStuck(_ text: String, forMilliseconds milliseconds: Int32) -> Int {
        let bytes = Array(text.utf8)
        var total = 0
        while isReady(POLLOUT, withinMilliseconds: milliseconds) {
            let offset = total % bytes.count
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 else { return total }
            total += count
        }
        return total
    }

    /// Whether something can be read, or the end, within the time.
    func hasInput(withinMilliseconds milliseconds: Int32) -> Bool {
        isReady(POLLIN, withinMilliseconds: milliseconds)
    }

    /// What one read brings; empty at the end.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure.system("recv", errno: errno) }
        return Array(buffer[..<count])
    }

    /// Reads until `text` has come, and returns everything up to and with it.
    func receive(through text: String) throws -> String {
        let wanted = Array(text.utf8)
        var start = 0
        while true {
            if let end = Self.end(of: wanted, in: received, from: start) { return take(end) }
            start = max(0, received.count - wanted.count + 1)
            let more = try receive()
            guard !more.isEmpty else {
                throw Failure.ended(after: String(decoding: received, as: UTF8.self))
            }
            received += more
        }
    }

    /// Reads one answer with its body, of which a HEAD has none.
    func answer(hasBody: Bool = true) throws -> Answer {
        var answer = Answer(head: try receive(through: "\r\n\r\n"))
        guard hasBody, let length = answer.field("Content-Length").flatMap({ Int($0) }) else {
            return answer
        }
        while received.count < length {
            let more = try receive()
            guard !more.isEmpty else { throw Failure.ended(after: answer.head) }
            received += more
        }
        answer.body = take(length)
        return answer
    }

    /// Reads until the server ends, and returns what came.
    func receiveToEnd() throws -> String {
        while true {
            let more = try receive()
            guard !more.isEmpty else { return take(received.count) }
            received += more
        }
    }

    /// Waits until the server has closed the connection, by an end or a reset, whatever comes before.
    func waitForEnd() throws {
        do {
            while try !receive().isEmpty {}
        } catch Failure.system(_, errno: ECONNRESET) {}
    }

    /// Ends our side, and goes on reading.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Has the connection reset when the client is let go.
    func resetAtEnd() {
        set(SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    }

    private func take(_ count: Int) -> String {
        defer { received.removeFirst(count) }
        return String(decoding: received[..<count], as: UTF8.self)
    }

    private func isReady(_ event: Int32, withinMilliseconds milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) {
        var value = value
        setsockopt(
            descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    private static func end(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= start + wanted.count else { return nil }
        for index in start...bytes.count - wanted.count
        where bytes[index] == wanted[0] && bytes[index...].starts(with: wanted) {
            return index + wanted.count
        }
        return nil
    }
}

/// One answer, as it came.
struct Answer {
    let head: String
    var body = ""

    var status: Int {
        let words = head.split(separator: " ", maxSplits: 2)
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    var statusLine: String { head.split(separator: "\r\n").first.map(String.init) ?? "" }

    /// The value of the only field `name`, which is spelt as the server does.
    func field(_ name: String) -> String? {
        let lines = head.split(separator: "\r\n").filter { $0.hasPrefix("\(name): ") }
        return lines.count == 1 ? String(lines[0].dropFirst(name.count + 2)) : nil
    }
}
