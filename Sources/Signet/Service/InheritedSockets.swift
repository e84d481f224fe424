internal import Glibc

/// Listening sockets that the process was started with (sd_listen_fds(3)), by what is served on them.
struct InheritedSockets {
    /// The number of the first of them.
    private static let first: Int32 = 3
    private static let most = 64

    /// For requests.
    private(set) var http: [Int32] = []
    /// For metrics and health.
    private(set) var admin: [Int32] = []

    /// No sockets: the server opens its own.
    init() {}

    /// Takes what `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` speak of, if they mean `process`. Sockets without names
    /// are all for requests.
    ///
    /// Throws a `CommandFailure` that says what to do when one is not what it should be.
    init(_ environment: [String: String], process: pid_t = getpid()) throws(CommandFailure) {
        guard let text = environment["LISTEN_FDS"], environment["LISTEN_PID"] == "\(process)" else {
            return
        }
        guard let count = Int(text), (0...Self.most).contains(count) else {
            throw Self.failure("LISTEN_FDS is \(text); it takes a number up to \(Self.most)")
        }
        let names = environment["LISTEN_FDNAMES"].map {
            $0.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        }
        if let names, names.count != count {
            throw Self.failure(
                "LISTEN_FDS speaks of \(count) sockets, and LISTEN_FDNAMES of \(names.count)")
        }
        for index in 0..<count {
            let descriptor = Self.first + Int32(index)
            let name = names?[index] ?? "http"
            try Self.check(descriptor, name)
            switch name {
            case "http": http.append(descriptor)
            case "admin": admin.append(descriptor)
            default:
                throw Self.failure(
                    "a socket was passed on as \(name); call it http or admin (FileDescriptorName=)"
                )
            }
        }
    }

    /// Has the socket stay with this process, and looks whether it is one.
    private static func check(_ descriptor: Int32, _ name: String) throws(CommandFailure) {
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw failure("LISTEN_FDS speaks of descriptor \(descriptor), which is not open")
        }
        let families = [AF_INET, AF_INET6]
        guard families.contains(option(SO_DOMAIN, of: descriptor) ?? 0),
            option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
            option(SO_ACCEPTCONN, of: descriptor) == 1
        else {
            throw failure(
                "the socket that was passed on as \(name) is no TCP socket that listens; use "
                    + "ListenStream= with a port")
        }
    }

    private static func option(_ option: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }

    private static func failure(_ text: String) -> CommandFailure {
        CommandFailure(text, status: .configuration)
    }
}
