import Glibc
import Testing

@testable import SignetRuntime

@Suite("HTTPServer's end")
struct HTTPServerEndTests {
    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

    /// Drains `server` on a thread of its own, and says how it went.
    private final class Drain: Sendable {
        private let outcome = Monitor<Bool?>(nil)
        private let thread: Thread

        init(_ server: HTTPServer) throws {
            thread = try Thread(name: "drain") { [outcome] in
                let isDrained = server.drain(atMostMilliseconds: 120_000)
                outcome.withLock { $0 = isDrained }
                outcome.broadcast()
            }
        }

        /// Waits for the outcome. Once.
        func isDrained() -> Bool {
            thread.join()
            return outcome.withLock { $0 ?? false }
        }

        var isOver: Bool { outcome.withLock { $0 != nil } }
    }

    @Test("closes idle connections at once, and takes no new ones")
    func idle() throws {
        let server = try TestServer(loops: 2)
        let client = try server.connect()
        try client.send(get("/"))
        #expect(try client.answer().status == 200)
        #expect(server.http.drain(atMostMilliseconds: 120_000))
        #expect(try client.receiveToEnd() == "")
        // A program that another test starts has the listening socket until it calls exec.
        let end = ContinuousClock.now + .seconds(120)
        while (try? server.connect()) != nil, ContinuousClock.now < end {}
        #expect(throws: Client.Failure.self) { try server.connect() }
        // A second time there is nothing left to do.
        #expect(server.http.drain(atMostMilliseconds: 120_000))
    }

    @Test("finishes what is in flight, and says with the last answer that it is the last")
    func inFlight() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/wait/1") + get("/wait/2"))
        #expect(server.desk.hasWaiting(2))
        let drain = try Drain(server.http)
        // The listener is closed on the loop, in the same step as the rest.
        while (try? server.connect()) != nil {}
        #expect(!drain.isOver)
        server.desk.letGo()
        #expect(try client.answer().field("Connection") == nil)
        let last = try client.answer()
        #expect(last.body == "GET /wait/2 ")
        #expect(last.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        client.endSending()
        #expect(drain.isDrained())
    }

    @Test("serves a request whose half has arrived")
    func halfARequest() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Le")
        #expect(try client.answer().status == 200)
        let drain = try Drain(server.http)
        while (try? server.connect()) != nil {}
        try client.send("ngth: 4\r\n\r\nbody")
        let answer = try client.answer()
        #expect(answer.body == "POST /2 body")
        #expect(answer.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        client.endSending()
        #expect(drain.isDrained())
    }

    @Test(
        "has a connection that was used just now make one more request, and says that it is the last"
    )
    func oneMore() throws {
        let server = try TestServer { $0.drainIdleMilliseconds = 20_000 }
        let client = try server.connect()
        try client.send(get("/1"))
        #expect(try client.answer().field("Connection") == nil)
        let drain = try Drain(server.http)
        while (try? server.connect()) != nil {}
        #expect(!drain.isOver)
        try client.send(get("/2"))
        let last = try client.answer()
        #expect(last.body == "GET /2 ")
        #expect(last.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        client.endSending()
        #expect(drain.isDrained())
    }

    /// Where a loop stands still until it is opened.
    private final class Gate: Sendable {
        private struct State {
            var isReached = false
            var isOpen = false
        }

        private let state = Monitor(State())

        func hold() {
            state.withLock { $0.isReached = true }
            state.broadcast()
            _ = state.wait { $0.isOpen ? true : nil }
        }

        func waitUntilReached() { _ = state.wait { $0.isReached ? true : nil } }

        func open() {
            state.withLock { $0.isOpen = true }
            state.broadcast()
        }
    }

    @Test("answers what has arrived, however long the connection was silent before")
    func arrived() throws {
        let server = try TestServer { $0.drainIdleMilliseconds = 1 }
        let client = try server.connect()
        try client.send(get("/1"))
        #expect(try client.answer().status == 200)
        let eventLoop = server.http.loops[0]
        let before = Gate(), after = Gate()
        eventLoop.submit { before.hold() }
        before.waitUntilReached()
        #expect(!server.http.drain(atMostMilliseconds: 0))
        eventLoop.submit { after.hold() }
        // It drains, and stands still before it looks at its sockets again.
        before.open()
        after.waitUntilReached()
        try client.send(get("/2"))
        // Until it is to look for connections that are silent, which it does first.
        #expect(!client.hasInput(withinMilliseconds: 200))
        after.open()
        let last = try client.answer()
        #expect(last.body == "GET /2 ")
        #expect(last.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        client.endSending()
        #expect(server.http.drain(atMostMilliseconds: 120_000))
    }

    @Test("waits for no connection that has been silent for its time")
    func silent() throws {
        let server = try TestServer { $0.drainIdleMilliseconds = 100 }
        let client = try server.connect()
        try client.send(get("/"))
        #expect(try client.answer().status == 200)
        #expect(server.http.drain(atMostMilliseconds: 120_000))
        #expect(try client.receiveToEnd() == "")
    }

    @Test("says when not everything could be finished, and ends all the same")
    func tooSlow() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/wait"))
        #expect(server.desk.hasWaiting(1))
        #expect(!server.http.drain(atMostMilliseconds: 20))
        server.http.stop()
        try client.waitForEnd()
        // The handler comes back to a loop that has ended; that must not matter.
        server.desk.letGo()
    }

    @Test("survives clients that reset, whatever they were doing")
    func resets() throws {
        let server = try TestServer(loops: 2)
        for round in 0..<300 {
            let client = try server.connect(receiveBufferBytes: 4096)
            client.resetAtEnd()
            switch round % 5 {
            case 0: break
            case 1: try client.send("GET / HT")
            case 2: try client.send(get("/1") + get("/2"))
            case 3: try client.send(String(repeating: get("/big"), count: 8))
            default:
                try client.send(get("/big"))
                _ = client.hasInput(withinMilliseconds: 1000)
            }
        }
        let client = try server.connect()
        try client.send(get("/"))
        #expect(try client.answer().status == 200)
        #expect(server.hasConnections(1))
    }

    @Test("keeps nothing of a thousand connections, nor of itself")
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            let before = Descriptors.count
            do {
                let server = try TestServer(loops: 2)
                var running: Int?
                for _ in 0..<10 {
                    var clients: [Client] = []
                    for _ in 0..<100 { clients.append(try server.connect()) }
                    for client in clients {
                        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    }
                    for client in clients { #expect(try client.answer().status == 200) }
                    clients = []
                    #expect(server.hasConnections(0))
                    // With its first connection each loop opens a descriptor in reserve.
                    if running == nil { running = Descriptors.count }
                }
                // Dispatch opens one or two of its own when it likes.
                #expect(Descriptors.count <= (running ?? 0) + 2)
            }
            #expect(Descriptors.count <= before + 2)
        }
    }

    @Test("leaves no descriptor behind when it can't start")
    func leavesNothingOnFailure() async {
        await #expect(processExitsWith: .success) {
            // libuv opens a pipe for the whole process with its first loop, and aborts if it can't.
            try LoopGroup(count: 1).stop()
            Descriptors.limit(to: Descriptors.lowestFree + 12)
            var left: [Int] = []
            for loops in 1...8 {
                // The first fit in, the last do not; most fail at some point in between.
                let server = try? HTTPServer(at: .anyPort, loops: loops) { eventLoops, _ in
                    eventLoops.map { TestHandler(desk: Desk(), index: $0.index) }
                }
                #expect(loops < 8 || server == nil)
                server?.stop()
                left.append(Descriptors.count)
            }
            // Dispatch opens one of its own when it likes; a leak would grow with each failure.
            #expect((left.max() ?? 0) - (left.min() ?? 0) <= 2)
        }
    }
}

/// The descriptors of this process, for tests that have it to themselves.
private enum Descriptors {
    /// Sockets, event polls and event descriptors: what servers are made of, and nobody else here.
    static var count: Int {
        guard let folder = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            var target = [CChar](repeating: 0, count: 64)
            let length = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    readlinkat(dirfd(folder), $0, &target, target.count)
                }
            }
            let text = String(
                decoding: target[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("socket:") || text.hasPrefix("anon_inode:") { count += 1 }
        }
        return count
    }

    /// The number that the next descriptor gets.
    static var lowestFree: Int {
        let descriptor = open("/dev/null", O_RDONLY)
        close(descriptor)
        return Int(descriptor)
    }

    /// Allows descriptors below `count` only.
    static func limit(to count: Int) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = rlim_t(count)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
