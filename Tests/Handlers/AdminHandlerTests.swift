import Dispatch
import SignetHandlers
import SignetRuntime
import Testing

/// What the admin listener answers, whatever the server is like.
@Suite("Admin listener")
struct AdminHandlerTests {
    /// Sends a request to a listener of a server that is as given.
    private func call(
        _ path: String, _ readiness: AdminHandler.Readiness, fields: [String] = []
    ) async throws -> Answer {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else {
            throw RawClient.Failure.malformed("address")
        }
        let http = try HTTPServer(at: address, loops: 1) { _, _ in
            [AdminHandler([], read: { ServerReadings() }, readiness: { readiness })]
        }
        let lines = ["GET \(path) HTTP/1.1", "Host: a", "Connection: close"] + fields
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        let answer = try await RawClient.exchange(Array(head.utf8), port: http.address.port)
        // On a thread of Dispatch: it blocks.
        await withUnsafeContinuation { continuation in
            DispatchQueue.global().async {
                http.stop()
                continuation.resume()
            }
        }
        return answer
    }

    @Test(
        "says why requests should not come",
        arguments: [
            (.draining, "The server is stopping."), (.loopLate, "An event loop is late."),
            (.storeUnavailable, "The store can not be written."),
            (.keysMissing, "Keys are missing."),
            (.auditUnavailable, "The audit log can not be written."),
        ] as [(AdminHandler.Readiness, String)])
    func notReady(_ readiness: AdminHandler.Readiness, _ detail: String) async throws {
        let answer = try await call("/health/ready", readiness)
        #expect(answer.status == 503)
        #expect(answer.field("content-type") == ["application/problem+json"])
        #expect(try answer.string("detail") == detail)
        #expect(answer.field("x-request-id").count == 1)
        // It runs, and can be looked into, all the same.
        #expect(try await call("/health/live", readiness).text == #"{"status":"live"}"#)
        #expect(try await call("/metrics", readiness).status == 200)
    }

    @Test("says that requests should come, and repeats an id")
    func ready() async throws {
        let answer = try await call("/health/ready", .ready, fields: ["X-Request-Id: probe-1"])
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ready"}"#)
        #expect(answer.field("x-request-id") == ["probe-1"])
        #expect(try await call("/health/ready", .ready).field("x-request-id").isEmpty)
    }
}
