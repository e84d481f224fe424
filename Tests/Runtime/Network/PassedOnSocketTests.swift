import Glibc
import Testing

@testable import SignetRuntime

@Suite("Listening sockets that were passed on")
struct PassedOnSocketTests {
    /// Sockets that outlive the servers that are given copies of them, as a service manager's do.
    private final class Holder {
        let sockets: [ListeningSocket]

        init(_ count: Int) throws {
            sockets = try (0..<count).map { _ in try ListeningSocket.group(1, at: .anyPort)[0] }
        }

        deinit {
            for socket in sockets { socket.close() }
        }

        func copies() -> [Int32] {
            sockets.map { fcntl($0.descriptor, F_DUPFD_CLOEXEC, 0) }
        }
    }

    private let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("keep the connections that come while no server is there for the next one")
    func handover() throws {
        let holder = try Holder(1)
        let address = holder.sockets[0].address
        do {
            let first = try TestServer(loops: 2, passedOn: holder.copies())
            let client = try first.connect()
            try client.send(request)
            #expect(try client.answer().status == 200)
            #expect(first.http.drain(atMostMilliseconds: 120_000))
        }
        let waiting = try Client(address)
        try waiting.send(request)
        #expect(!waiting.hasInput(withinMilliseconds: 0))
        let second = try TestServer(loops: 2, passedOn: holder.copies())
        #expect(second.address.port == address.port)
        #expect(try waiting.answer().status == 200)
    }

    @Test("are all served, whether there are more of them or of loops", arguments: [1, 2, 3, 5])
    func dealt(_ count: Int) throws {
        let holder = try Holder(count)
        let server = try TestServer(loops: 3, passedOn: holder.copies())
        var clients: [Client] = []
        // More than one loop takes of a shared socket in a round.
        for index in 0..<20 {
            clients.append(try Client(holder.sockets[index % count].address))
        }
        for client in clients { try client.send(request) }
        for client in clients { #expect(try client.answer().status == 200) }
        #expect(server.http.openConnections == clients.count)
    }

    @Test(
        "are shared if there are fewer of them than loops",
        arguments: [(1, 1, false), (1, 2, true), (2, 3, true), (2, 2, false), (3, 2, false)])
    func shared(_ count: Int, _ loops: Int, _ expected: Bool) throws {
        let holder = try Holder(count)
        let dealt = try ListeningSocket.dealt(holder.copies(), among: loops)
        defer { for socket in dealt.joined() { socket.close() } }
        #expect(dealt.count == loops && dealt.joined().count == max(count, loops))
        #expect(dealt.joined().allSatisfy { $0.isShared == expected })
    }

    @Test("are closed with what was made of them when one is none")
    func notASocket() async {
        // In a process of its own, where nobody else takes the number.
        await #expect(processExitsWith: .success) {
            let socket = try ListeningSocket.group(1, at: .anyPort)[0].descriptor
            #expect(throws: LoopError.self) { try ListeningSocket.dealt([socket, 9999], among: 4) }
            #expect(fcntl(socket, F_GETFD) == -1)
        }
    }
}
