import Foundation
import Glibc

/// One answer as it came over the wire.
struct Answer: Sendable {
    let status: Int
    /// The field lines, names in small letters.
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Every value of the field `name`.
    func field(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(body))
        guard let object = value as? [String: Any] else { throw RawClient.Failure.malformed(text) }
        return object
    }

    /// A member of the body that is a string.
    func string(_ name: String) throws -> String {
        guard let value = try object()[name] as? String else {
            throw RawClient.Failure.malformed(text)
        }
        return value
    }
}

/// Sends bytes to a port of this machine and reads the answer, one connection for each call.
enum RawClient {
    enum Failure: Error {
        case system(String, errno: Int32)
        case malformed(String)
    }

    /// Sends `request` and reads until the server closes. On a thread of Dispatch: it blocks, and
    /// the threads of Swift's pool must not.
    static func exchange(_ request: [UInt8], port: UInt16) async throws -> Answer {
        try await withUnsafeThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try parse(try transfer(request, port: port)) })
            }
        }
    }

    /// All that the server sends until it closes.
    static func exchangeAll(_ request: [UInt8], port: UInt16) async throws -> [UInt8] {
        try await withUnsafeThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try transfer(request, port: port) })
            }
        }
    }

    private static func transfer(_ request: [UInt8], port: UInt16) throws -> [UInt8] {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure.system("socket", errno: errno) }
        defer { close(socket) }

        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure.system("connect", errno: errno) }

        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses early may not read the rest; its answer counts.
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure.system("recv", errno: errno) }
            if count == 0 { return received }
            received += buffer[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> Answer {
        let data = Data(bytes)
        guard let end = data.range(of: Data("\r\n\r\n".utf8)) else {
            throw Failure.malformed(String(decoding: bytes, as: UTF8.self))
        }
        let head = String(decoding: data[..<end.lowerBound], as: UTF8.self)
        let lines = head.components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ")[1]) else {
            throw Failure.malformed(head)
        }
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
        }
        return Answer(status: status, fields: fields, body: Array(data[end.upperBound...]))
    }
}
