internal import Glibc
internal import Logging

/// The way to who started this process and wants to hear how it is: systemd, or what speaks its protocol
/// (sd_notify(3)). Any thread may tell it.
///
/// When nobody wants to hear, telling does nothing.
final class NotifySocket: Sendable {
    /// How long it may take to tell it something, if it does not listen.
    private static let patience = timeval(tv_sec: 1, tv_usec: 0)

    /// How long it waits for a sign of life before it takes the process for hung (`WatchdogSec=`); nil when it
    /// does not.
    let watchdogMicroseconds: UInt64?
    /// What `sun_path` is to hold; nil when nobody wants to hear.
    private let path: [UInt8]?
    /// Opened at the start, so that a process without descriptors is not taken for hung; nil when nobody wants to hear.
    private let descriptor: Int32?

    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///   - process: whom the watchdog must mean.
    init(_ environment: [String: String], process: pid_t = getpid()) {
        path = environment["NOTIFY_SOCKET"].flatMap { Self.path($0) }
        descriptor = path == nil ? nil : Self.open()
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0
        watchdogMicroseconds = descriptor != nil && isMeant && interval > 0 ? interval : nil
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// Nil, with a line in the log, when the system gives no socket: who waits for word of us gives up on us then.
    private static func open() -> Int32? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var patience = Self.patience
        guard descriptor >= 0,
            setsockopt(
                descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience,
                socklen_t(MemoryLayout<timeval>.size)) == 0
        else {
            let error = errno
            Logger(label: "signet.server").error(
                "nobody can be told that the server serves: \(String(cString: strerror(error)))")
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        return descriptor
    }

    /// The server serves, or does so again after `reloading`. `status` is for `systemctl status`.
    func ready(_ status: String) {
        tell("READY=1\nSTATUS=\(status)")
    }

    /// The server reads its settings again.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = time.tv_sec * 1_000_000 + time.tv_nsec / 1000
        tell("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=Reading the settings again")
    }

    /// The server finishes what is in flight.
    func stopping() {
        tell("STOPPING=1\nSTATUS=Finishing what is in flight")
    }

    /// A sign of life. Does not block, so that a loop may give it.
    func alive() {
        tell("WATCHDOG=1", flags: Int32(MSG_DONTWAIT))
    }

    /// One datagram. What can't be sent is for nobody: there is no one else to tell.
    private func tell(_ state: String, flags: Int32 = 0) {
        guard let path, let descriptor else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let headBytes =
            MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let bytes = Array(state.utf8)
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | flags, $0,
                    socklen_t(headBytes + path.count))
            }
        }
    }

    /// A path in the file system with its zero, or a name in the abstract space with a zero in front, which `@` stands
    /// for; nil when it is neither.
    private static func path(_ text: String) -> [UInt8]? {
        let path: [UInt8]? =
            switch text.utf8.first {
            case UInt8(ascii: "/"): Array(text.utf8) + [0]
            case UInt8(ascii: "@"): [0] + text.utf8.dropFirst()
            default: nil
            }
        guard let path, path.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            return nil
        }
        return path
    }
}
