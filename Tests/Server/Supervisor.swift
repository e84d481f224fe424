import Foundation
import TestSupport

/// `signet serve` under a service manager that owns its sockets, starts it anew and hears what it says of itself, as systemd
/// does. Both are killed when it is let go.
final class Supervisor: Sendable {
    /// Its arguments: the names of the sockets, the name of the socket for notifications, the time of the watchdog in
    /// microseconds, and the command. SIGHUP restarts the server, SIGUSR1 has it read its settings again,
    /// SIGTERM ends both; it ends with the server, and as it does.
    ///
    /// What it prints of a server begins with the number of the start and ends with how often that was said: `2: WATCHDOG=1 #3`
    /// comes from the second server, for the third time.
    private static let script = """
        import collections, ctypes, os, signal, socket, struct, sys, threading

        names, notify_name, watchdog, *command = sys.argv[1:]
        names = names.split(":")
        sockets = []
        for name in names:
            sockets.append(socket.socket())
            if name != "deaf":
                sockets[-1].bind(("127.0.0.1", 0))
                sockets[-1].listen(4096)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        notify.bind(notify_name.replace("@", "\\0", 1))
        starts, said = [], collections.Counter()

        def say(text):
            said[text] += 1
            os.write(1, f"{text} #{said[text]}\\n".encode())

        def listen():
            while True:
                text, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(12))
                sender = struct.unpack("3i", ancillary[0][2])[0]
                say(f"{starts.index(sender) + 1}: " + text.decode().replace("\\n", " "))

        def start():
            # It may say something only when we know it.
            known, tell = os.pipe()
            process = os.fork()
            if process:
                starts.append(process)
                os.close(known)
                os.close(tell)
                return
            os.close(tell)
            os.read(known, 1)
            os.close(known)
            # PR_SET_PDEATHSIG: it dies with us.
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            for index, held in enumerate(sockets):
                os.dup2(held.fileno(), 200 + index, inheritable=False)
            for index in range(len(sockets)):
                os.dup2(200 + index, 3 + index)
            os.environ.update(
                LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=":".join(names),
                NOTIFY_SOCKET=notify_name, WATCHDOG_PID=str(os.getpid()), WATCHDOG_USEC=watchdog)
            os.execv(command[0], command)

        def end():
            _, status = os.waitpid(starts[-1], 0)
            status = os.waitstatus_to_exitcode(status)
            say(f"{len(starts)}: ended with {status}")
            return status

        handled = {signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, handled)
        say("ports " + " ".join(str(held.getsockname()[1]) for held in sockets))
        start()
        threading.Thread(target=listen, daemon=True).start()
        while True:
            wish = signal.sigwait(handled)
            if wish == signal.SIGUSR1:
                os.kill(starts[-1], signal.SIGHUP)
            elif wish == signal.SIGCHLD:
                # Of a server that was waited for, or of one that ended by itself.
                if os.waitid(os.P_PID, starts[-1], os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    sys.exit(end())
            else:
                os.kill(starts[-1], signal.SIGTERM)
                status = end()
                if wish == signal.SIGTERM:
                    sys.exit(status)
                start()
        """

    let process: ChildProcess
    /// Those of its sockets, in their order; 0 for one that does not listen.
    let ports: [Int]
    let rootKey = String(repeating: "Ab+/", count: 32)

    /// Starts the server on the folder `data` in `folder`.
    ///
    /// - Parameters:
    ///   - names: of the sockets, with colons between them; `deaf` is a socket that does not listen.
    ///   - notify: the socket for notifications, a path or an abstract name with `@` in front.
    init(
        in folder: TemporaryFolder, names: String = "http:admin", notify: String,
        watchdogMicroseconds: Int = 0, _ arguments: [String] = []
    ) throws {
        process = try ChildProcess(
            Python.interpreter.path,
            [
                "-c", Self.script, names, notify, "\(watchdogMicroseconds)", Signet.binary, "serve",
                "--data", folder.path("data"),
            ] + arguments,
            environment: ProcessInfo.processInfo.environment.filter {
                $0.key.hasSuffix("SAN_OPTIONS")
            }.merging([
                "SIGNET_ROOT_KEY": rootKey, "SIGNET_ADMIN_PORT": "0",
                // As those of `SignetProcess`.
                "SIGNET_LIMITS_QUEUE_TIME": "0s", "SIGNET_TIMEOUTS_DRAIN": "60s",
            ]) { $1 },
            in: folder.path())
        let line = process.waitForOutput("\n")?.firstMatch(of: /ports ([0-9 ]+) #1\n/)?.1
        ports = (line ?? "").split(separator: " ").compactMap { Int($0) }
    }

    /// Waits until the server of this start has said so, so many times.
    func hears(_ text: String, from start: Int = 1, times: Int = 1) -> Bool {
        process.waitForOutput("\(start): \(text) #\(times)\n") != nil
    }

    /// Waits until it has said, so many times, that it serves on the first two sockets.
    func isReady(_ start: Int = 1, times: Int = 1) -> Bool {
        ports.count > 1
            && hears(
                "READY=1 STATUS=Serving http://127.0.0.1:\(ports[0]), metrics at "
                    + "http://127.0.0.1:\(ports[1])/metrics", from: start, times: times)
    }
}
