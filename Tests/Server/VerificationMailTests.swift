import Foundation
import TestSupport
import Testing

/// Sign-up at the real binary, with mails through aiosmtpd (STARTTLS and AUTH).
@Suite("Verification mails of a server")
struct VerificationMailTests {
    @Test("have a link that works once, and that no GET or HEAD uses up")
    func link() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let server = try bench.start(mailPort: peer.port)
        let answer = try OutboundServer.signUp("ann", on: server)
        #expect(answer.status == 202)
        #expect(answer.text == #"{"status":"pending"}"#)
        let mail = try #require(peer.waitForMails(1)?.first)
        #expect(mail.sender == "signet@example.org")
        #expect(mail.recipients == ["ann@example.org"])
        let (page, token) = try OutboundServer.link(in: mail)
        #expect(page == "http://127.0.0.1:\(server.port)/frontend/verify")

        // Pending: the password is right, and there is no session.
        let pending = try OutboundServer.signIn("ann", on: server).object
        #expect(pending?["status"] as? String == "pending")
        #expect(pending?["jwt-token"] == nil && pending?["api-token"] == nil)
        for target in ["/frontend/verify", "/frontend/verify?\(token)"] {
            #expect(try server.connect().call("GET", target).status == 200)
            let connection = try server.connect()
            try connection.send(
                HTTPConnection.request("HEAD", target, fields: ["Connection: close"]))
            let head = String(decoding: try connection.readToEnd(), as: UTF8.self)
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
        }
        let get = "\(OutboundServer.path)/verify?verify-token=\(token)"
        #expect(try server.connect().call("GET", get).status == 405)

        let verified = try OutboundServer.verify(token, on: server)
        #expect(verified.status == 200)
        #expect(
            verified.text == #"{"success":true,"email":"ann@example.org","status":"active"}"#)
        let again = try OutboundServer.verify(token, on: server)
        #expect(again.status == 400)
        #expect(again.object?["code"] as? String == "INVALID_ARGUMENT")
        let active = try OutboundServer.signIn("ann", on: server).object
        #expect(active?["status"] as? String == "active")
        #expect(active?["jwt-token"] != nil)

        // For good: the token is not even good after a restart.
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let second = try bench.start(mailPort: peer.port)
        #expect(try OutboundServer.signIn("ann", on: second).object?["jwt-token"] != nil)
        #expect(try OutboundServer.verify(token, on: second).status == 400)
    }

    @Test("are what Python's mail parser takes for a mail without a fault")
    func format() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let server = try bench.start(mailPort: peer.port)
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        let mail = try #require(peer.waitForMails(1)?.first)
        let output = try Python.run(
            """
            import email, email.policy, email.utils, sys, time
            raw = sys.stdin.buffer.read()
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            assert not mail.defects and not any(h.defects for h in mail.values()), mail.defects
            assert raw.replace(b"\\r\\n", b"").find(b"\\n") < 0 and max(map(len, raw.split(b"\\r\\n"))) < 998
            when = email.utils.parsedate_to_datetime(mail["Date"]).timestamp()
            assert abs(when - time.time()) < 120, mail["Date"]
            assert mail["Message-ID"].endswith("@example.org>")
            print(mail["From"], mail["To"], mail["MIME-Version"], mail.get_content_type(), sep="|")
            """, input: Data(mail.text.utf8))
        #expect(
            String(decoding: output, as: UTF8.self)
                == "Signet <signet@example.org>|ann@example.org|1.0|text/plain\n")
        #expect(!mail.text.contains("secret-word"))
    }

    @Test("tell the owner of an address, and nobody else, that it is taken")
    func taken() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let server = try bench.start(mailPort: peer.port)
        try server.createUser("bob")
        let free = try OutboundServer.signUp("ann", on: server)
        let taken = try OutboundServer.signUp("bob", on: server)
        #expect(taken.status == free.status)
        #expect(taken.body == free.body)
        let mails = try #require(peer.waitForMails(2))
        let notice = try #require(mails.first { $0.recipients == ["bob@example.org"] })
        #expect(notice.text.contains("Subject: You have an account already\r\n"))
        #expect(!notice.text.contains("#"))
        // Bob's password is still his.
        #expect(try OutboundServer.signIn("bob", on: server).object?["jwt-token"] != nil)
    }

    @Test("are void when somebody else signs up with the address after them")
    func later() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let server = try bench.start(mailPort: peer.port)
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        let mail = try #require(peer.waitForMails(1)?.first)
        let other = #"{"email":"ANN@example.org","password":"other-word","name":""}"#
        #expect(try OutboundServer.post("/sign-up", other, on: server).status == 202)
        let token = try OutboundServer.link(in: mail).token
        #expect(try OutboundServer.verify(token, on: server).status == 400)
        #expect(try OutboundServer.signIn("ann", on: server).status == 401)
        // Within the minute there is no second mail.
        #expect(peer.mails.count == 1)
    }

    @Test("wait while there is no mail server, through kill -9, and others are served meanwhile")
    func outage() throws {
        let bench = try OutboundServer()
        let first = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        first.kill()
        let server = try bench.start(mailPort: first.port)
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        #expect(server.process.waitForErrors("will be tried again") != nil)
        #expect(try server.connect().call("GET", "/health").status == 200)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))

        let second = try bench.start(mailPort: first.port)
        let peer = try MailPeer(
            .startTLS, bench.certificates, port: first.port, in: bench.folder)
        let mail = try #require(peer.waitForMails(1, atMostSeconds: 120)?.first)
        let token = try OutboundServer.link(in: mail).token
        #expect(try OutboundServer.verify(token, on: second).status == 200)
        #expect(try second.stop() == .exited(0))
    }

    @Test("need a recaptcha to be passed where there is a verifier, and a verifier that answers")
    func recaptcha() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let verifier = try WebPeer.start(bench.certificates, in: bench.folder)
        let server = try bench.start(
            mailPort: peer.port,
            [
                "--set", "recaptcha.verify_url=https://localhost:\(verifier.port)/recaptcha",
                "--set",
                "frontend.verification_page=https://shop.example.org/verify",
            ], environment: ["SIGNET_RECAPTCHA_SECRET": "recaptcha word"])
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        let mail = try #require(peer.waitForMails(1)?.first)
        let (page, token) = try OutboundServer.link(in: mail)
        #expect(page == "https://shop.example.org/verify")
        #expect(try OutboundServer.verify(token, on: server).status == 403)
        let robot = ["X-Recaptcha-Token: robot"]
        #expect(try OutboundServer.verify(token, on: server, fields: robot).status == 403)
        let human = ["X-Recaptcha-Token: a&human"]
        #expect(try OutboundServer.verify(token, on: server, fields: human).status == 200)
        verifier.kill()
        #expect(try OutboundServer.signUp("bob", on: server).status == 202)
        let second = try #require(peer.waitForMails(2)?.last)
        let other = try OutboundServer.link(in: second).token
        let answer = try OutboundServer.verify(other, on: server, fields: human)
        #expect(answer.status == 503)
        #expect(answer.object?["code"] as? String == "UNAVAILABLE")
    }

    @Test("are not asked for where nobody may sign up, nor without a mail server")
    func closed() throws {
        let server = try SignetProcess()
        let answer = try OutboundServer.signUp("ann", on: server)
        #expect(answer.status == 403)
        #expect(answer.object?["code"] as? String == "PERMISSION_DENIED")
        let folder = try TemporaryFolder()
        for settings in [
            ["frontend.sign_up=open"], ["smtp.url=smtp://localhost"],
            ["recaptcha.verify_url=https://localhost"],
        ] {
            let outcome = try Signet.run(
                ["serve", "--port", "0", "--data", folder.path("data")]
                    + settings.flatMap { ["--set", $0] }, in: folder)
            #expect(outcome.ending == .exited(78))
            #expect(outcome.errors.contains(" needs "), "\(outcome.errors)")
        }
    }

    @Test("have a page that asks nobody else for anything")
    func page() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        for (path, type) in [
            ("/frontend/verify", "text/html"), ("/frontend/verify.js", "text/javascript"),
        ] {
            let answer = try connection.call("GET", path)
            #expect(answer.status == 200)
            #expect(answer.fields["content-type"]?.hasPrefix(type) == true)
            #expect(answer.fields["cache-control"] == "no-store")
            #expect(answer.fields["referrer-policy"] == "no-referrer")
            let policy = try #require(answer.fields["content-security-policy"])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'"))
            #expect(!policy.contains("unsafe"))
            #expect(!answer.text.contains("://"))
            let refused = try connection.call("POST", path, body: "{}")
            #expect(refused.status == 405)
            #expect(refused.fields["allow"] == "GET, HEAD")
        }
        #expect(try connection.call("GET", "/frontend/verify.css").status == 404)
    }
}
