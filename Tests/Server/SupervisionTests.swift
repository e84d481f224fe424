import Foundation
import TestSupport
import Testing

@Suite("Under a service manager")
struct SupervisionTests {
    private func monotonicMicroseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    @Test("a restart under load loses no request, and nothing that was answered")
    func restarts() throws {
        let folder = try TemporaryFolder()
        let supervisor = try Supervisor(in: folder, notify: folder.path("notify"))
        try #require(supervisor.isReady(), "\(supervisor.process.errorText)")
        let port = supervisor.ports[0]
        let app = try AppAccount.create(
            on: HTTPConnection(port: port), rootKey: supervisor.rootKey)
        let load = ClientLoad.signingAcrossRestarts(16, app: app, port: port)
        try load.wait(forAnswers: 100)
        for start in 1...3 {
            supervisor.process.signal(SIGHUP)
            #expect(supervisor.hears("ended with 0", from: start))
            #expect(supervisor.isReady(start + 1))
            try load.wait(forAnswers: load.answers + 100)
        }
        let pairs = try load.finish(mustStop: true)
        let connection = try HTTPConnection(port: port)
        for pair in pairs.suffix(200) {
            #expect(try app.verifies(pair.authToken, on: connection))
        }
        supervisor.process.signal(SIGTERM)
        #expect(try supervisor.process.waitForEnd() == .exited(0))
        #expect(try SessionRows.missing(of: pairs, in: folder.path("data")) == 0)
        // Nor is there a session that nobody was told of.
        #expect(try SessionRows.count(in: folder.path("data")) == pairs.count)
        print("restarts: three, under 16 clients with \(pairs.count) calls")
    }

    @Test("tells it that it serves, reads its settings again, lives, and stops")
    func notifications() throws {
        let folder = try TemporaryFolder()
        let settings = try folder.write("log:\n  level: info\n", to: "signet.yaml")
        let before = monotonicMicroseconds()
        let supervisor = try Supervisor(
            in: folder, notify: "@signet-\(UUID().uuidString)", watchdogMicroseconds: 150_000,
            // Ports that are not used may be the same.
            ["--config", settings, "--port", "18080", "--set", "admin.port=18080"])
        try #require(supervisor.isReady(), "\(supervisor.process.errorText)")
        #expect(try HTTPConnection(port: supervisor.ports[0]).call("GET", "/ping").status == 200)
        let admin = try HTTPConnection(port: supervisor.ports[1])
        #expect(try admin.call("GET", "/health/ready").status == 200)

        supervisor.process.signal(SIGUSR1)
        #expect(supervisor.isReady(times: 2))
        let time = supervisor.process.outputText.firstMatch(
            of: /1: RELOADING=1 MONOTONIC_USEC=([0-9]+) STATUS=Reading the settings again #1\n/)
        let microseconds = try #require(time.flatMap { Int($0.1) })
        #expect((before...monotonicMicroseconds()).contains(microseconds))

        // A file that can't be read: it serves on, and says so.
        _ = try folder.write("log: [\n", to: "signet.yaml")
        supervisor.process.signal(SIGUSR1)
        #expect(
            supervisor.process.waitForOutput("; not all settings could be read again #1") != nil)

        #expect(supervisor.hears("WATCHDOG=1", times: 3))
        supervisor.process.signal(SIGTERM)
        #expect(supervisor.hears("STOPPING=1 STATUS=Finishing what is in flight"))
        #expect(try supervisor.process.waitForEnd() == .exited(0))
    }

    @Test(
        "refuses sockets that it does not know what to do with",
        arguments: [
            ("http:web", "passed on as web; call it http or admin"),
            ("http:deaf", "passed on as deaf is no TCP socket that listens"),
        ])
    func refusals(_ names: String, _ text: String) throws {
        let folder = try TemporaryFolder()
        let supervisor = try Supervisor(in: folder, names: names, notify: folder.path("notify"))
        #expect(try supervisor.process.waitForEnd() == .exited(78))
        #expect(supervisor.process.errorText.contains(text), "\(supervisor.process.errorText)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
    }

    @Test("refuses --demo on sockets of which it can't say who reaches them")
    func demo() throws {
        let folder = try TemporaryFolder()
        let supervisor = try Supervisor(in: folder, notify: folder.path("notify"), ["--demo"])
        #expect(try supervisor.process.waitForEnd() == .exited(64))
        #expect(
            supervisor.process.errorText.contains("was passed on; leave out --demo"),
            "\(supervisor.process.errorText)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
    }

    @Test("leaves alone what was passed on to another process")
    func anotherProcess() throws {
        let server = try SignetProcess(environment: [
            "LISTEN_FDS": "2", "LISTEN_PID": "1", "NOTIFY_SOCKET": "/nowhere/notify",
            "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1",
        ])
        #expect(try server.connect().call("GET", "/ping").status == 200)
        #expect(try server.stop() == .exited(0))
    }

    @Test("does not print its root key into the journal, nor that of a demo app")
    func journal() throws {
        let folder = try TemporaryFolder()
        // What systemd says of the output that it gives to a service, said here of the output that there is.
        let script = #"""
            exec 3>&1
            JOURNAL_STREAM=$(stat --dereference --format %d:%i /dev/fd/3)
            export JOURNAL_STREAM
            exec "$0" "$@" 3>&-
            """#
        func start(_ arguments: [String]) throws -> ChildProcess {
            try ChildProcess(
                "/bin/sh",
                [
                    "-c", script, Signet.binary, "serve", "--port", "0", "--data",
                    folder.path("data"),
                ]
                    + arguments,
                environment: ["SIGNET_ADMIN_PORT": "0", "PATH": "/usr/bin:/bin"], in: folder.path())
        }
        let demo = try start(["--demo"])
        #expect(try demo.waitForEnd() == .exited(64))
        #expect(demo.errorText.contains("the journal would keep it"), "\(demo.errorText)")
        #expect(demo.outputText.isEmpty)

        let server = try start([])
        #expect(server.waitForOutput("/metrics\n") != nil, "\(server.errorText)")
        #expect(server.waitForErrors("signet root-key rotate shows another") != nil)
        #expect(!server.outputText.contains("Root key"))
        server.signal(SIGTERM)
        #expect(try server.waitForEnd() == .exited(0))
    }
}
