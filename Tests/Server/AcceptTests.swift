import Foundation
import TestSupport
import Testing

@Suite("Accepting")
struct AcceptTests {
    /// Stands before the C library: the first three connections find no memory.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdatomic.h>
        #include <sys/socket.h>
        #include <unistd.h>

        static atomic_int calls;

        int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
            if (atomic_fetch_add(&calls, 1) < 3) {
                if (write(2, "no memory\\n", 10) != 10) _exit(99);
                errno = ENOMEM;
                return -1;
            }
            int (*next)(int, struct sockaddr *, socklen_t *, int) = dlsym(RTLD_NEXT, "accept4");
            return next(descriptor, address, length, flags);
        }
        """

    @Test("waits, without spinning, while the kernel has no memory for a connection")
    func noMemory() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(Self.shim, to: "shim.c")
        let library = folder.path("shim.so")
        let compiler = try ChildProcess(
            ChildProcess.find("clang"), ["-shared", "-fPIC", "-o", library, source],
            environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path())
        #expect(try compiler.waitForEnd() == .exited(0), "\(compiler.errorText)")

        let server = try SignetProcess(
            in: folder, ["--loops", "1"], environment: ["LD_PRELOAD": library])
        let clock = ContinuousClock()
        let start = clock.now
        let answer = try server.connect().call("GET", "/ping")
        #expect(answer.status == 200)
        // It asks again once a second. Asking at once it would be through in no time.
        #expect(clock.now - start > .seconds(1))
        #expect(try server.stop() == .exited(0))
        #expect(
            server.process.errorText.split(separator: "\n").filter { $0 == "no memory" }.count == 3)
    }

    @Test(
        "may have as many descriptors as the system allows, and says when they are too few",
        arguments: [(connections: 100, isEnough: true), (connections: 300, isEnough: false)])
    func descriptors(connections: Int, isEnough: Bool) throws {
        let folder = try TemporaryFolder()
        let server = try ChildProcess(
            ChildProcess.find("prlimit"),
            [
                "--nofile=64:400", Signet.binary, "serve", "--port", "0", "--data",
                folder.path("data"), "--set", "limits.connections=\(connections)",
            ], environment: ["SIGNET_ADMIN_PORT": "0"], in: folder.path())
        #expect(server.waitForOutput("listens on") != nil, "\(server.errorText)")
        let limits = try String(contentsOfFile: "/proc/\(server.id)/limits", encoding: .utf8)
        #expect(limits.contains(#/Max\ open\ files\ +400\ +400\ /#))
        server.signal(SIGTERM)
        #expect(try server.waitForEnd() == .exited(0))
        #expect(server.errorText.contains("the process may have 400 descriptors") != isEnough)
    }

    @Test("waits, without spinning, while there are no descriptors left")
    func noDescriptors() throws {
        let server = try SignetProcess(data: "memory:", ["--loops", "1"])
        let status = ProcessStatus(of: server.process.id)
        // With its first connection, which stays, the loop opens a descriptor in reserve.
        let guest = try server.connect()
        #expect(try guest.call("GET", "/ping").status == 200)
        let open = try status.descriptors()
        let free = (0...65_536).filter { !open.contains($0) }
        try Self.limitDescriptors(of: server.process, to: free[3])

        // The backlog is a queue: the first three are served.
        var clients = try (0..<8).map { _ in try server.connect() }
        for client in clients { try client.send(HTTPConnection.request("GET", "/ping")) }
        for client in clients[..<3] { #expect(try client.readAnswer().status == 200) }
        let start = try status.cpuMilliseconds()
        #expect(!clients[3].hasInput(withinMilliseconds: 400))
        #expect(try status.cpuMilliseconds() - start < 200)
        // Each when one before it has gone.
        clients.removeFirst(3)
        while !clients.isEmpty {
            #expect(try clients.removeFirst().readAnswer().status == 200)
        }
        #expect(try guest.call("GET", "/ping").status == 200)
        try Self.limitDescriptors(of: server.process, to: 1024)
        #expect(try server.stop() == .exited(0))
    }

    /// Allows `process`, which runs, descriptors below `count` only.
    private static func limitDescriptors(of process: ChildProcess, to count: Int) throws {
        let folder = try TemporaryFolder()
        let limiter = try ChildProcess(
            ChildProcess.find("prlimit"), ["--pid", "\(process.id)", "--nofile=\(count):"],
            environment: [:], in: folder.path())
        #expect(try limiter.waitForEnd() == .exited(0), "\(limiter.errorText)")
    }
}
