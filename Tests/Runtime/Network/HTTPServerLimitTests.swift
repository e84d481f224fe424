import Testing

@testable import SignetRuntime

@Suite("HTTPServer's limits")
struct HTTPServerLimitTests {
    @Test(
        "refuses with the handler's body, and closes",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400, "The Host field is missing."),
            ("\u{16}\u{3}\u{1}", 400, "The request line is malformed."),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413,
                "The body is too long."
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", 413,
                "The body is too long."
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "a", count: 200))", 431,
                "The header fields are too long."
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nA:b\r\nC:d\r\nE:f\r\n\r\n", 431,
                "There are too many header fields."
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
                "The only supported transfer coding is chunked."
            ),
        ])
    func refusals(_ request: String, _ status: Int, _ text: String) throws {
        let server = try TestServer {
            $0.limits = HTTPLimits(headBytesMax: 200, bodyBytesMax: 100, headerFieldsMax: 3)
        }
        let client = try server.connect()
        try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + request)
        #expect(try client.answer().status == 200)
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.body == text)
        #expect(answer.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        #expect(server.desk.begun == 1)
    }

    @Test("delivers a refusal to a client that goes on sending")
    func lingers() throws {
        let server = try TestServer { $0.lingerTimeoutMilliseconds = 600_000 }
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n")
        // More than all buffers between us hold: the server must throw it away for us to end.
        try client.send(Array(repeating: 0x61, count: 8_000_000)[...])
        client.endSending()
        #expect(try client.answer().status == 413)
        #expect(try client.receiveToEnd() == "")
        #expect(server.hasConnections(0))
    }

    @Test("does not wait for ever for a client to end")
    func lingersNotForEver() throws {
        let server = try TestServer { $0.lingerTimeoutMilliseconds = 30 }
        let client = try server.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try client.receiveToEnd().hasSuffix("GET / "))
        // We do not close.
        #expect(server.hasConnections(0))
    }

    @Test(
        "answers 408 when a head or a body takes too long",
        arguments: ["GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbod"])
    func slowRequest(_ piece: String) throws {
        let server = try TestServer {
            if piece.hasPrefix("GET") {
                $0.headTimeoutMilliseconds = 40
            } else {
                $0.bodyTimeoutMilliseconds = 40
            }
        }
        let client = try server.connect()
        try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + piece)
        #expect(try client.answer().status == 200)
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer.body == "The request did not arrive in time.")
        #expect(answer.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
    }

    @Test("is not fooled by a head that comes byte by byte")
    func trickledHead() throws {
        let server = try TestServer { $0.headTimeoutMilliseconds = 60 }
        let client = try server.connect()
        try client.send("GET / HTTP/1.1\r\nA: ")
        // As long as nothing is answered, send a byte every 5 ms.
        var sent = 0
        while !client.hasInput(withinMilliseconds: 5), sent < 4000 {
            try client.send("a")
            sent += 1
        }
        #expect(try client.answer().status == 408)
    }

    @Test("gives each of many requests its own time, though each read ends amid a head")
    func timeOfEachRequest() throws {
        let server = try TestServer { $0.headTimeoutMilliseconds = 2000 }
        let client = try server.connect()
        let request = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        try client.send("GET /1 ")
        let end = ContinuousClock.now + .milliseconds(3000)
        var count = 0
        while ContinuousClock.now < end || count < 4 {
            try client.send(request.dropFirst(7) + "GET /1 ")
            #expect(try client.answer().status == 200)
            #expect(!client.hasInput(withinMilliseconds: 20))
            count += 1
        }
        try client.send(String(request.dropFirst(7)))
        #expect(try client.answer().status == 200)
    }

    @Test("closes an idle connection, before and after a request")
    func idle() throws {
        let impatient = try TestServer { $0.idleTimeoutMilliseconds = 40 }
        #expect(try impatient.connect().receiveToEnd() == "")
        // Here there has to be time for a request.
        let server = try TestServer { $0.idleTimeoutMilliseconds = 1500 }
        let client = try server.connect()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receiveToEnd().hasSuffix("GET / "))
    }

    @Test("does not time out while a handler works")
    func slowHandler() throws {
        let server = try TestServer {
            $0.idleTimeoutMilliseconds = 1000
            $0.headTimeoutMilliseconds = 40
            $0.bodyTimeoutMilliseconds = 40
        }
        let client = try server.connect()
        // A refusal that waits for an earlier answer is no reason either.
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
        #expect(server.desk.hasWaiting(1))
        #expect(!client.hasInput(withinMilliseconds: 1500))
        server.desk.letGo()
        #expect(try client.answer().status == 200)
        #expect(try client.answer().status == 400)
    }

    @Test("does not read from a client that does not read, and closes it in the end")
    func backPressure() throws {
        let server = try TestServer { $0.idleTimeoutMilliseconds = 1000 }
        let client = try server.connect(receiveBufferBytes: 4096)
        let taken = client.sendUntilStuck(
            "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", forMilliseconds: 300)
        // Once the first answers fill the socket, only buffers take what we send: ours, the kernel's
        // and one read of the server's. Without an end it would be all we have.
        #expect(taken < 16 << 20)
        #expect(server.desk.begun <= 128)
        #expect(server.hasConnections(0))
        #expect(throws: (any Error).self) {
            while try !client.receive().isEmpty {}
            throw Client.Failure.ended(after: "all was read")
        }
    }

    @Test("sends everything to a client that reads slowly")
    func slowReader() throws {
        let server = try TestServer { $0.idleTimeoutMilliseconds = 10_000 }
        let client = try server.connect(receiveBufferBytes: 4096)
        let count = 40
        try client.send(
            String(repeating: "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", count: count - 1)
                + "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        for _ in 0..<count { #expect(try client.answer().body.utf8.count == 256 * 1024) }
        #expect(try client.receiveToEnd() == "")
    }

    @Test("stops reading when as many requests are in flight as may be")
    func requestsInFlight() throws {
        let server = try TestServer { $0.requestsInFlightMax = 2 }
        let client = try server.connect()
        let waits = (0..<5).map { "GET /wait/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        try client.send(waits)
        #expect(server.desk.hasWaiting(2))
        _ = client.sendUntilStuck("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", forMilliseconds: 50)
        #expect(server.desk.begun == 2)
        server.desk.letGo()
        for index in 0..<5 { #expect(try client.answer().body == "GET /wait/\(index) ") }
        #expect(try client.answer().body == "GET /x ")
    }

    @Test("leaves connections over the limit in the backlog until one closes")
    func connectionLimit() throws {
        let server = try TestServer { $0.connectionsMax = 2 }
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        var first: Client? = try server.connect()
        let second = try server.connect()
        let third = try server.connect()
        for client in [first, second, third] { try client?.send(request) }
        #expect(try first?.answer().status == 200)
        #expect(try second.answer().status == 200)
        #expect(!third.hasInput(withinMilliseconds: 60))
        #expect(server.http.openConnections == 2)
        first = nil
        #expect(try third.answer().status == 200)
        #expect(server.http.openConnections == 2)
    }
}
