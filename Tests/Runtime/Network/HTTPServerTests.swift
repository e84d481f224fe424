import Testing

@testable import SignetRuntime

@Suite("HTTPServer")
struct HTTPServerTests {
    private func get(_ target: String, _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    @Test("answers one request after the other on one connection")
    func keepAlive() throws {
        let server = try TestServer()
        let client = try server.connect()
        for index in 0..<3 {
            try client.send(get("/\(index)"))
            let answer = try client.answer()
            #expect(answer.statusLine == "HTTP/1.1 200 OK")
            #expect(answer.body == "GET /\(index) ")
            #expect(answer.field("Connection") == nil)
            #expect(answer.field("Content-Type") == "text/plain")
        }
        #expect(server.http.openConnections == 1)
    }

    @Test("answers a hundred pipelined requests in order, in few writes")
    func pipelining() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send((0..<100).map { get("/\($0)") }.joined())
        var reads = 0
        var received = ""
        while !received.contains("GET /99 ") {
            received += String(decoding: try client.receive(), as: UTF8.self)
            reads += 1
        }
        // 64 may be in flight at a time: two writes, which a reader may see in one or two pieces each.
        #expect(reads <= 4)
        let bodies = received.split(separator: "\r\n\r\n").dropFirst()
            .map { $0.split(separator: "HTTP/1.1")[0] }
        #expect(bodies.map(String.init) == (0..<100).map { "GET /\($0) " })
    }

    @Test("keeps the order of answers when a later one is ready first")
    func orderOfAnswers() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/wait") + get("/1") + get("/2"))
        #expect(server.desk.hasBegun(3))
        #expect(server.desk.hasWaiting(1))
        #expect(!client.hasInput(withinMilliseconds: 0))
        server.desk.letGo()
        #expect(try client.answer().body == "GET /wait ")
        #expect(try client.answer().body == "GET /1 ")
        #expect(try client.answer().body == "GET /2 ")
    }

    @Test("finishes with a request whose client is gone, and serves the next one")
    func clientGone() throws {
        let server = try TestServer()
        do {
            let client = try server.connect()
            client.resetAtEnd()
            try client.send(get("/wait") + get("/1") + get("/wait"))
            #expect(server.desk.hasWaiting(2))
        }
        server.desk.letGo()
        let client = try server.connect()
        try client.send(get("/2"))
        #expect(try client.answer().body == "GET /2 ")
        #expect(server.hasConnections(1))
    }

    @Test("does not care how a request is cut into pieces")
    func pieces() throws {
        let server = try TestServer()
        let client = try server.connect()
        let request = Array("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody".utf8)
        for cut in 1..<request.count {
            try client.send(request[..<cut])
            try client.send(request[cut...])
            #expect(try client.answer().body == "POST /a body")
        }
        for byte in request.indices { try client.send(request[byte...byte]) }
        #expect(try client.answer().body == "POST /a body")
    }

    @Test("reads a chunked body, and the request after it")
    func chunked() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nT: 1\r\n\r\n" + get("/b"))
        #expect(try client.answer().body == "POST /a abcdefgh")
        #expect(try client.answer().body == "GET /b ")
    }

    private let expecting =
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"

    @Test("asks for the body of a client that waits for it")
    func expectContinue() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(expecting)
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("body")
        #expect(try client.answer().body == "POST /a body")
        // A client that does not wait is not asked.
        try client.send(expecting + "body")
        #expect(try client.answer().status == 200)
    }

    @Test("asks for a body only after the answers before it")
    func expectContinueInOrder() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/wait") + expecting)
        #expect(server.desk.hasWaiting(1))
        #expect(!client.hasInput(withinMilliseconds: 0))
        server.desk.letGo()
        #expect(try client.answer().body == "GET /wait ")
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("body")
        #expect(try client.answer().body == "POST /a body")
    }

    @Test("answers HEAD with the length and no body")
    func head() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"))
        #expect(try client.answer(hasBody: false).field("Content-Length") == "8")
        #expect(try client.answer().body == "GET /b ")
    }

    @Test("closes after a request that says so, and takes none after it")
    func close() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/1") + get("/2", "Connection: close\r\n") + get("/3"))
        #expect(try client.answer().field("Connection") == nil)
        let last = try client.answer()
        #expect(last.body == "GET /2 ")
        #expect(last.field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
        #expect(server.desk.begun == 2)
    }

    @Test("keeps the connection of an HTTP/1.0 client only if it asks")
    func version10() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let kept = try client.answer()
        #expect(kept.statusLine == "HTTP/1.1 200 OK")
        #expect(kept.field("Connection") == "keep-alive")
        try client.send("GET /2 HTTP/1.0\r\n\r\n")
        #expect(try client.answer().field("Connection") == "close")
        #expect(try client.receiveToEnd() == "")
    }

    @Test("answers a client that has ended its side")
    func halfClose() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/wait") + get("/2"))
        client.endSending()
        #expect(server.desk.hasWaiting(1))
        server.desk.letGo()
        #expect(try client.answer().body == "GET /wait ")
        #expect(try client.answer().body == "GET /2 ")
        #expect(try client.receiveToEnd() == "")
        #expect(server.hasConnections(0))
    }

    @Test("closes, without an answer, after half a request and the end")
    func halfARequest() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        client.endSending()
        #expect(try client.receiveToEnd() == "")
        #expect(server.desk.begun == 0)
    }

    @Test("gives its date in the form of RFC 9110 section 5.6.7")
    func date() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(get("/"))
        let date = try #require(try client.answer().field("Date"))
        let form = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT/
        #expect(date.wholeMatch(of: form) != nil)
    }

    @Test("spreads connections over its loops, and each serves")
    func loops() throws {
        let server = try TestServer(loops: 3)
        #expect(server.http.loops.map(\.index) == [0, 1, 2])
        var seen: Set<String> = []
        var clients: [Client] = []
        while seen.count < 3, clients.count < 500 {
            let client = try server.connect()
            try client.send(get("/loop"))
            seen.insert(try client.answer().body)
            clients.append(client)
        }
        #expect(seen == ["0", "1", "2"])
        #expect(server.http.openConnections == clients.count)
    }

    @Test("refuses a port that another server has")
    func portInUse() throws {
        let server = try TestServer()
        let error = #expect(throws: LoopError.self) {
            try HTTPServer(at: server.address, loops: 2) { eventLoops, _ in
                eventLoops.map { TestHandler(desk: Desk(), index: $0.index) }
            }
        }
        #expect(error?.isAddressInUse == true)
    }

    @Test("may take the port again at once after it has ended")
    func portAgain() throws {
        let address: SocketAddress
        do {
            let server = try TestServer()
            address = server.address
            let client = try server.connect()
            try client.send(get("/"))
            #expect(try client.answer().status == 200)
        }
        // A program that another test starts has the listening socket until it calls exec. That is sooner
        // over than the minute for which the system keeps the port of a connection that we ended.
        let end = ContinuousClock.now + .seconds(20)
        var started: HTTPServer?
        while started == nil {
            do throws(LoopError) {
                started = try HTTPServer(at: address, loops: 2) { eventLoops, _ in
                    eventLoops.map { TestHandler(desk: Desk(), index: $0.index) }
                }
            } catch {
                guard error.isAddressInUse, ContinuousClock.now < end else { throw error }
            }
        }
        let again = try #require(started)
        #expect(again.address.port == address.port)
        again.stop()
    }
}
