internal import Foundation

/// One answer, as it came.
package struct HTTPAnswer: Sendable, CustomStringConvertible {
    package let status: Int
    /// Names in lower case.
    package let fields: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    package var description: String { "\(status) \(text)" }

    /// The body as a JSON object; nil when it is something else.
    package var object: [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }
}

/// A blocking client connection over a plain socket, so that tests decide on every byte. It belongs
/// to one thread.
package final class HTTPConnection {
    package enum Failure: Error, Equatable {
        /// Nobody listens there, or there are no sockets left.
        case noConnection(errno: Int32)
        /// The server closed or reset the connection before the first byte of an answer.
        case closed
        /// It did so in the middle of an answer.
        case truncated(received: Int)
        /// Nothing came in time.
        case tooSlow
        /// What came is not HTTP/1.1 with a Content-Length.
        case malformed(String)
    }

    private let socket: Int32
    private var received: [UInt8] = []

    /// Connects to a port of this machine. Each read waits `seconds` at most.
    package init(port: Int, seconds: Int = 120) throws {
        socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), Int32(IPPROTO_TCP))
        guard socket >= 0 else { throw Failure.noConnection(errno: errno) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let error = errno
            close(socket)
            throw Failure.noConnection(errno: error)
        }
    }

    deinit { close(socket) }

    /// Sends `bytes` as they are.
    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.closed }
            sent += count
        }
    }

    /// The bytes of a request with a `Content-Length`.
    ///
    /// - Parameter fields: further field lines.
    package static func request(
        _ method: String, _ target: String, key: String? = nil, fields: [String] = [],
        body: String? = nil
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for field in fields { head += "\(field)\r\n" }
        if let key { head += "Authorization: \(key)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        return Array((head + "\r\n" + (body ?? "")).utf8)
    }

    /// Sends a request and reads its answer.
    package func call(
        _ method: String, _ target: String, key: String? = nil, fields: [String] = [],
        body: String? = nil
    ) throws -> HTTPAnswer {
        try send(Self.request(method, target, key: key, fields: fields, body: body))
        return try readAnswer()
    }

    /// Whether something to read, or the end, comes within `milliseconds`.
    package func hasInput(withinMilliseconds milliseconds: Int32) -> Bool {
        var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return !received.isEmpty || poll(&event, 1, milliseconds) > 0
    }

    /// Reads the next answer.
    package func readAnswer() throws -> HTTPAnswer {
        var headEnd: Int?
        while headEnd == nil {
            headEnd = Self.endOfHead(received)
            if headEnd == nil { try readMore() }
        }
        let length = headEnd ?? 0
        let lines = String(decoding: received[..<length], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw Failure.malformed(lines[0])
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed(line) }
            fields[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        guard let bodyLength = Int(fields["content-length"] ?? "0") else {
            throw Failure.malformed(lines.joined(separator: "\n"))
        }
        while received.count < length + bodyLength { try readMore() }
        let body = Array(received[length..<length + bodyLength])
        received.removeFirst(length + bodyLength)
        return HTTPAnswer(status: status, fields: fields, body: body)
    }

    /// Reads until the server closes the connection, and returns what came.
    package func readToEnd() throws -> [UInt8] {
        do {
            while true { try readMore() }
        } catch Failure.closed, Failure.truncated {
            return received
        }
    }

    private func readMore() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count: Int
        // With a limit on its time, a stop of the process interrupts it, too (signal(7)).
        repeat {
            count = Glibc.recv(socket, &buffer, buffer.count, 0)
        } while count < 0 && errno == EINTR
        if count > 0 {
            received += buffer[..<count]
        } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
            throw Failure.tooSlow
        } else {
            throw received.isEmpty ? Failure.closed : Failure.truncated(received: received.count)
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        return bytes.indices.dropLast(end.count - 1).first {
            bytes[$0] == end[0] && bytes[$0..<$0 + end.count].elementsEqual(end)
        }.map { $0 + end.count }
    }
}
