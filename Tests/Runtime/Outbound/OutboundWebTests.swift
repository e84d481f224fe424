import TestSupport
import Testing

@testable import SignetRuntime

/// Against a server in Python, over TLS with certificates of the test's own.
@Suite("Outbound, HTTP")
struct OutboundWebTests {
    private func text(_ answer: WebAnswer) -> String {
        String(decoding: answer.body, as: UTF8.self)
    }

    @Test("brings status, Cache-Control and body, whatever the status is")
    func page() async throws {
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            for (path, status) in [("/", 200), ("/missing", 404)] {
                let answer = try await bench.fetch(path, of: peer)
                #expect(answer.status == status)
                #expect(answer.cacheControl == "max-age=60")
                #expect(text(answer) == "hello")
            }
            let plain = try await bench.fetch("/bearer", of: peer)
            #expect(plain.cacheControl.isEmpty && plain.body.isEmpty)
        }
    }

    @Test("shows a bearer token, and posts a form, empty or longer than a buffer")
    func requests() async throws {
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            let shown = try await bench.fetch("/bearer", of: peer) { $0.bearer = Array("abc".utf8) }
            #expect(text(shown) == "Bearer abc")
            for form in ["", "a=1&b=2", "long=" + String(repeating: "x", count: 200_000)] {
                let answer = try await bench.fetch("/", of: peer, bodyBytesMax: 1 << 20) {
                    $0.method = .post(form: Array(form.utf8))
                }
                #expect(text(answer) == "application/x-www-form-urlencoded \(form)")
            }
        }
    }

    @Test("refuses a token that would be more than a field")
    func hostileToken() async throws {
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            for token in ["a\r\nX: y", "a b", "a\u{0}", "ä"] {
                let refusal = await bench.refusal("/bearer", of: peer) {
                    $0.bearer = Array(token.utf8)
                }
                #expect(refusal == .refused)
            }
        }
    }

    @Test("trusts nobody whose certificate is of no known authority, or for another name")
    func trust() async throws {
        try await OutboundBench.run({ $0.certificateFile = nil }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            #expect(await bench.refusal("/", of: peer) == .insecure)
        }
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            #expect(await bench.refusal("/", of: peer, host: "127.0.0.1") == .insecure)
            #expect(await bench.refusal("/", of: peer) == nil)
        }
        try await OutboundBench.run({ $0.certificateFile = "/nowhere.pem" }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            #expect(await bench.refusal("/", of: peer) == .insecure)
        }
    }

    @Test("speaks http with this machine alone, and only if it may")
    func plaintext() async throws {
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(nil, in: bench.folder)
            #expect(await bench.refusal("/", of: peer, scheme: "http") == .refused)
        }
        try await OutboundBench.run({ $0.allowsPlaintextToLoopback = true }) { bench in
            let peer = try WebPeer.start(nil, in: bench.folder)
            for host in ["localhost", "127.0.0.1"] {
                #expect(await bench.refusal("/", of: peer, host: host, scheme: "http") == nil)
            }
            for host in ["example.org", "127.0.0.1.example.org", "0.0.0.0", "[::]", "127.1"] {
                #expect(
                    await bench.refusal("/", of: peer, host: host, scheme: "http") == .refused)
            }
            #expect(await bench.refusal("/", of: peer, scheme: "file") == .refused)
            #expect(await bench.refusal("/", of: peer, scheme: "smtp") == .refused)
        }
    }

    @Test("follows redirections on the same server only, and not for ever")
    func redirections() async throws {
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            let other = try WebPeer.start(bench.certificates, in: bench.folder)
            let answer = try await bench.fetch("/redirect?/bearer", of: peer) {
                $0.bearer = Array("abc".utf8)
            }
            #expect(text(answer) == "Bearer abc")
            for target in [
                "https://localhost:\(other.port)/", "https://127.0.0.1:\(peer.port)/",
                "http://localhost:\(peer.port)/", "//localhost:\(other.port)/",
                "file:///etc/passwd", "/redirect?/redirect?/redirect?/redirect?/",
            ] {
                #expect(await bench.refusal("/redirect?\(target)", of: peer) == .redirected)
            }
            let posted = await bench.refusal("/redirect?/", of: peer) {
                $0.method = .post(form: [])
            }
            #expect(posted == .redirected)
        }
    }

    @Test("ends a transfer that takes too long or brings too much, breaks off, or finds nobody")
    func failures() async throws {
        try await OutboundBench.run({ $0.webTimeoutMilliseconds = 300 }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            #expect(await bench.refusal("/silent", of: peer) == .timedOut)
        }
        try await OutboundBench.run { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            #expect(await bench.refusal("/large", of: peer) == .tooLarge)
            #expect(await bench.refusal("/endless", of: peer) == .tooLarge)
            #expect(await bench.refusal("/cut", of: peer) == .failed)
            peer.kill()
            #expect(await bench.refusal("/", of: peer) == .unreachable)
        }
    }

    @Test("has many transfers under way at once, and refuses more than its limit")
    func many() async throws {
        try await OutboundBench.run({ $0.transfersMax = 50 }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            let answers = await withTaskGroup(of: (Int, WebAnswer?).self) { group in
                for number in 0..<50 {
                    group.addTask {
                        (number, try? await bench.fetch("/pause?\(number)", of: peer))
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == 50)
            for (number, answer) in answers { #expect(text(answer) == "\(number)") }
        }
        try await OutboundBench.run({
            $0.transfersMax = 1
            $0.webTimeoutMilliseconds = 600_000
        }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            async let silent = bench.refusal("/silent", of: peer)
            while await bench.outbound.transferCount < 1 { await Task.yield() }
            #expect(await bench.refusal("/", of: peer) == .overloaded)
            await bench.outbound.stop()
            #expect(await silent == .stopped)
        }
    }

    @Test("ends what is under way when it is stopped, and begins nothing more")
    func stop() async throws {
        // Longer than any machine takes to get here.
        try await OutboundBench.run({ $0.webTimeoutMilliseconds = 600_000 }) { bench in
            let peer = try WebPeer.start(bench.certificates, in: bench.folder)
            // Keeps a connection open.
            _ = try await bench.fetch("/", of: peer)
            async let silent = bench.refusal("/silent", of: peer)
            // Its name is looked up by a thread that knows nothing of the end.
            let request = WebRequest("https://nothing.invalid/", bodyBytesMax: 10)
            async let lookup: Void? = (try? await bench.outbound.fetch(request)).map { _ in }
            while await bench.outbound.transferCount < 1 { await Task.yield() }
            await bench.outbound.stop()
            #expect(await silent == .stopped)
            #expect(await lookup == nil)
            #expect(await bench.refusal("/", of: peer) == .stopped)
        }
    }

    @Test("says what is to be installed where libcurl is missing")
    func missing() async throws {
        // Another test may have loaded the library in this process.
        await #expect(processExitsWith: .success) {
            let loop = try RunningLoop()
            var settings = OutboundSettings()
            settings.library = "libcurl-that-is-not-there.so"
            let outbound = Outbound(settings, on: loop.eventLoop)
            do throws(OutboundError) {
                _ = try await outbound.fetch(
                    WebRequest("https://localhost/", bodyBytesMax: 1))
                preconditionFailure("it was loaded")
            } catch {
                precondition(error.reason == .libraryMissing)
                precondition(error.description.contains("libcurl4"))
            }
            await outbound.stop()
        }
    }
}
