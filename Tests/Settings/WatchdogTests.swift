import Glibc
import SignetRuntime
import TestSupport
import Testing

@testable import signet

@Suite("Watchdog")
struct WatchdogTests {
    /// A service manager's end of the socket for notifications.
    private final class Listener {
        private let descriptor: Int32

        /// Binds to `path`, of less than a hundred bytes.
        init(_ path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let status = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(status == 0)
        }

        deinit { close(descriptor) }

        /// What has come and was not read yet; nil when there is nothing.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    /// Has `errand` run on `eventLoop`, and waits until that and all before it are done.
    private func run(_ errand: @escaping @Sendable () -> Void = {}, on eventLoop: EventLoop) {
        let isDone = Monitor(false)
        eventLoop.submit {
            errand()
            isDone.withLock { $0 = true }
            isDone.broadcast()
        }
        _ = isDone.wait { $0 ? true : nil }
    }

    @Test("gives no sign of life while a loop hangs")
    func hang() throws {
        let folder = try TemporaryFolder()
        let listener = try Listener(folder.path("notify"))
        let manager = NotifySocket([
            "NOTIFY_SOCKET": folder.path("notify"), "WATCHDOG_USEC": "30000000",
        ])
        let control = try LoopGroup(count: 1), watched = try LoopGroup(count: 2)
        defer {
            watched.stop()
            control.stop()
        }
        let made = Watchdog(manager, over: watched.loops, on: control.loops[0])
        let watchdog = try #require(made)
        // A hang is missed sooner or later than after 30 s by no more than lies between two looks.
        #expect((1...3000).contains(watchdog.intervalMilliseconds))
        func look() {
            run({ watchdog.assumeIsolated { $0.look() } }, on: control.loops[0])
        }

        for _ in 0..<3 {
            look()
            #expect(listener.next() == "WATCHDOG=1")
            for eventLoop in watched.loops { run(on: eventLoop) }
        }
        let gate = Monitor(false)
        watched.loops[1].submit { _ = gate.wait { $0 ? true : nil } }
        // Both loops have answered before, and one is called in vain now.
        look()
        #expect(listener.next() == "WATCHDOG=1")
        for _ in 0..<3 {
            run(on: watched.loops[0])
            look()
            #expect(listener.next() == nil)
        }
        gate.withLock { $0 = true }
        gate.broadcast()
        run(on: watched.loops[1])
        look()
        #expect(listener.next() == "WATCHDOG=1")
    }

    @Test(
        "is there only if the manager wants it of this process",
        arguments: [
            (["WATCHDOG_USEC": "3000000"], true),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "\(getpid())"], true),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"], false),
            (["WATCHDOG_USEC": "soon"], false), (["WATCHDOG_USEC": "0"], false), ([:], false),
        ] as [([String: String], Bool)])
    func wanted(_ environment: [String: String], _ expected: Bool) {
        let socket = ["NOTIFY_SOCKET": "@signet-nobody"]
        let manager = NotifySocket(environment.merging(socket) { $1 })
        #expect((manager.watchdogMicroseconds != nil) == expected)
        #expect(NotifySocket(environment).watchdogMicroseconds == nil)
    }
}
