import SignetBench
import SignetCrypto
import SignetRuntime
import Testing

@Suite struct HTTPCallTests {
    private func reason(
        of call: HTTPCall, _ request: ClientRequest = ClientRequest(.get, "/")
    ) -> BenchError? {
        do throws(BenchError) {
            _ = try call.perform(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("returns the body of an answer, large ones too")
    func answers() throws {
        let body = String(repeating: "0123456789", count: 30_000)
        let server = try CannedServer { request in
            (.ok, request.pathText == "/large" ? body : "")
        }
        defer { server.stop() }

        let call = HTTPCall(to: server.target)
        let answer = try call.perform(ClientRequest(.get, "/large"))
        #expect(answer.status == 200)
        #expect(answer.body == Array(body.utf8))
    }

    @Test("says what the server said when it refuses")
    func refused() throws {
        let server = try CannedServer { _ in (.forbidden, #"{"errors":"invalid root key"}"#) }
        defer { server.stop() }

        let error = reason(of: HTTPCall(to: server.target))
        #expect(error?.reason == .refused(status: 403))
        #expect(error?.detail == #"{"errors":"invalid root key"}"#)
    }

    @Test("fails in time, by kind")
    func failures() throws {
        let cases: [(RawServer.Behaviour, BenchError.Reason)] = [
            (.silent, .noAnswers), (.send("nonsense\r\n"), .malformedAnswer),
            (.sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), .answerCutShort),
        ]
        for (behaviour, expected) in cases {
            let server = try RawServer(behaviour)
            defer { server.stop() }

            let call = HTTPCall(
                to: server.target,
                timeout: expected == .noAnswers ? .milliseconds(100) : .seconds(10))
            #expect(reason(of: call)?.reason == expected)
        }
    }

    @Test("creates an app with the key type that its algorithm needs")
    func createsApp() throws {
        let server = try CannedServer { request in
            let isRight =
                request.method == .post && request.pathText == "/root/create"
                && request.authorizationText == "root"
                && request.bodyText.contains(#""key_type":"OKP","algo":"EdDSA""#)
            return isRight
                ? (.ok, #"{"app_id":"01ARZ3","app_key":"a+/b","public_key":"x","algo":"EdDSA"}"#)
                : (.badRequest, "")
        }
        defer { server.stop() }

        let app = try BenchApp.create(
            .eddsa, rootKey: "root", on: server.target)
        #expect(app == BenchApp(id: "01ARZ3", key: "a+/b", algorithm: .eddsa))
    }
}
