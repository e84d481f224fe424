import Foundation
import TestSupport
import Testing

/// Crowds of clients that mean no good, before the real binary: it takes no more memory than what is said here,
/// serves others meanwhile, and gets rid of the crowd.
@Suite("Floods of connections", .serialized)
struct ConnectionFloodTests {
    struct Flood: Sendable, CustomTestStringConvertible {
        let behaviour: Crowd.Behaviour
        let connections: Int
        /// What each of them may add to the server's resident memory, at most.
        let kilobytesEach: Int
        var settings: [String] = []

        var testDescription: String { "\(connections) of \(behaviour)" }
    }

    /// With a sanitizer each byte has a shadow, and what is freed is kept for a while.
    private static let memoryFactor = Signet.isSanitized ? 16 : 1
    /// More than a call of the others takes beside the crowd.
    private static let idleSeconds = 30
    /// What the calls of the others may add: their own pages, of whatever use.
    private static let kilobytesOfOthers = 8192

    @Test(
        "take little memory, keep nobody out, and are got rid of",
        arguments: [
            Flood(
                behaviour: .head, connections: 1500, kilobytesEach: 20,
                settings: ["timeouts.head=3s"]),
            Flood(
                behaviour: .body, connections: 1500, kilobytesEach: 10,
                settings: ["timeouts.body=3s"]),
            Flood(
                behaviour: .silent, connections: 3000, kilobytesEach: 3,
                settings: ["timeouts.idle=\(idleSeconds)s", "timeouts.head=3s"]),
            Flood(behaviour: .half, connections: 3000, kilobytesEach: 2),
            Flood(
                behaviour: .reading, connections: 100, kilobytesEach: 256,
                settings: ["timeouts.idle=\(idleSeconds)s"]),
            Flood(behaviour: .reset, connections: 5000, kilobytesEach: 2),
        ])
    func flood(_ flood: Flood) throws {
        // Without admission control: a crowd that sends requests at full speed is an overload as well, and whom
        // the server then refuses is what OverloadTests is about.
        let settings = flood.settings + ["limits.queue_time=0s"]
        let server = try SignetProcess(
            data: "memory:", ["--loops", "2"] + settings.flatMap { ["--set", $0] })
        let status = ProcessStatus(of: server.process.id)
        let guest = try server.connect()
        let app = try AppAccount.create(on: server)
        #expect(try app.verifies(app.pair(on: guest).authToken, on: guest))
        let kilobytesBefore = try status.residentKilobytes()
        let descriptorsBefore = try status.descriptors().count

        let crowd = try Crowd(flood.behaviour, flood.connections, to: server.port)
        if flood.behaviour != .reset { try crowd.wait(for: .connected) }
        var kilobytes = kilobytesBefore
        for _ in 0..<20 {
            let newcomer = try server.connect()
            #expect(try app.verifies(app.pair(on: newcomer).authToken, on: newcomer))
            #expect(try guest.call("GET", "/ping").status == 200)
            kilobytes = max(kilobytes, try status.residentKilobytes())
        }
        try crowd.wait(for: .ended)
        kilobytes = max(kilobytes, try status.residentKilobytes())
        let grown = kilobytes - kilobytesBefore
        print(
            "\(flood.testDescription): \(grown) KB, \(grown * 1024 / flood.connections) bytes each")
        let most = flood.connections * flood.kilobytesEach + Self.kilobytesOfOthers
        #expect(grown <= most * Self.memoryFactor)

        // libuv opens one of its own with the first connection of a loop, and the other loop's may come only now.
        let descriptorsMost = descriptorsBefore + 1
        let descriptors = try Polling.last {
            #expect(try server.connect().call("GET", "/ping").status == 200)
            return try status.descriptors().count
        } until: {
            $0 <= descriptorsMost
        }
        #expect(descriptors <= descriptorsMost)
        #expect(try server.stop() == .exited(0))
    }

    @Test("that ask for much and read nothing take a write each, and get it all later")
    func largeAnswers() throws {
        let server = try SignetProcess(
            data: "memory:", ["--loops", "1", "--set", "limits.queue_time=0s"])
        let guest = try server.connect()
        let page = try guest.call("GET", "/docs").body
        let status = ProcessStatus(of: server.process.id)
        let kilobytesBefore = try status.residentKilobytes()

        let requests = (0..<64).flatMap { _ in HTTPConnection.request("GET", "/docs") }
        var crowd = try (0..<30).map { _ in
            let connection = try server.connect()
            try connection.send(requests)
            return connection
        }
        // What came before the first is written when there is an answer to the last.
        for _ in 0..<5 { #expect(try guest.call("GET", "/ping").status == 200) }
        let grown = try status.residentKilobytes() - kilobytesBefore
        print("\(crowd.count) that read nothing of \(64 * page.count >> 10) KB: \(grown) KB")
        #expect(page.count > 200_000)
        #expect(grown <= (crowd.count * 640 + Self.kilobytesOfOthers) * Self.memoryFactor)

        for _ in 0..<63 { #expect(try crowd[0].readAnswer().body.count == page.count) }
        #expect(try crowd[0].readAnswer().body == page)
        crowd = []
        #expect(try server.connect().call("GET", "/ping").status == 200)
        #expect(try server.stop() == .exited(0))
    }

    @Test("of as many as may come leave room for the others, and the rest waits its turn")
    func twentyThousand() throws {
        // A hundred descriptors are the server's own.
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let most = min(20_000, Int(clamping: limit.rlim_max) - 100)
        let server = try SignetProcess(
            data: "memory:",
            [
                "--loops", "2", "--set", "limits.connections=\(most)", "--set", "timeouts.idle=1h",
                "--set", "timeouts.head=1h", "--set", "rate_limits.enabled=false",
            ])
        let status = ProcessStatus(of: server.process.id)
        let guest = try server.connect()
        #expect(try guest.call("GET", "/ping").status == 200)
        let before = try status.residentKilobytes()

        let half = (most - 20) / 2
        let crowds = try ["127.0.0.2", "127.0.0.3"].map {
            try Crowd(.idle, half, to: server.port, from: $0)
        }
        for crowd in crowds { try crowd.wait(for: .answered) }
        let grown = try status.residentKilobytes() - before
        print("\(2 * half) connections: \(grown) KB, \(grown * 1024 / (2 * half)) bytes each")
        #expect(grown <= 2 * half * 3 * Self.memoryFactor)
        #expect(try status.descriptors().count > 2 * half)
        for _ in 0..<5 {
            #expect(try server.connect().call("GET", "/ping").status == 200)
            #expect(try guest.call("GET", "/ping").status == 200)
        }

        // There is room for some twenty of these: the others are in the kernel's queue until somebody goes.
        let late = try Crowd(.idle, 200, to: server.port, from: "127.0.0.4")
        try late.wait(for: .connected)
        #expect(try guest.call("GET", "/ping").status == 200)
        #expect(try status.descriptors().count <= most + 100)
        try crowds[0].leave()
        try late.wait(for: .answered)
        #expect(try guest.call("GET", "/ping").status == 200)
        try crowds[1].leave()
        try late.leave()
        #expect(try server.connect().call("GET", "/ping").status == 200)
        #expect(try server.stop() == .exited(0))
    }
}
