import TestSupport
import Testing

@testable import SignetRuntime

/// Against aiosmtpd, with STARTTLS, TLS and AUTH.
@Suite("Outbound, mail")
struct OutboundMailTests {
    private static let message = "Subject: a\r\n\r\none\r\n.two\r\n..\r\n"
    private static let login = (user: "signet", password: "mail-word")

    private func send(
        _ url: String, _ bench: OutboundBench, login: (user: String, password: String)? = login,
        to recipient: String = "ann@example.org"
    ) async -> OutboundError.Reason? {
        do {
            try await bench.outbound.send(
                OutboundMail(
                    from: "signet@example.org", to: recipient, Array(Self.message.utf8)),
                by: MailServer(url, login: login))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(
        "hands a mail over with TLS of both kinds, after it has signed in",
        arguments: [
            (MailPeer.Kind.startTLS, "smtp"), (.tls, "smtps"),
        ])
    func hand(_ kind: MailPeer.Kind, _ scheme: String) async throws {
        try await OutboundBench.run { bench in
            let peer = try MailPeer(kind, bench.certificates, in: bench.folder)
            let url = "\(scheme)://localhost:\(peer.port)"
            #expect(await send(url, bench) == nil)
            let mail = try #require(peer.mails.first)
            #expect(mail.sender == "signet@example.org")
            #expect(mail.recipients == ["ann@example.org"])
            #expect(mail.text == Self.message)
            #expect(await send(url, bench, login: ("signet", "wrong")) == .loginDenied)
            #expect(await send(url, bench, to: "ann@example.org>\r\nRCPT TO:<b@c.d") == .refused)
            #expect(peer.mails.count == 1)
        }
    }

    @Test("sends neither mail nor password without TLS, but to this machine if it may")
    func plaintext() async throws {
        try await OutboundBench.run { bench in
            let peer = try MailPeer(.plaintext, nil, in: bench.folder)
            #expect(await send("smtp://localhost:\(peer.port)", bench) == .insecure)
            #expect(peer.mails.isEmpty)
        }
        try await OutboundBench.run({ $0.allowsPlaintextToLoopback = true }) { bench in
            let peer = try MailPeer(.plaintext, nil, in: bench.folder)
            #expect(await send("smtp://localhost:\(peer.port)", bench, login: nil) == nil)
            #expect(peer.mails.count == 1)
        }
    }

    @Test("trusts no mail server whose certificate is of no known authority")
    func trust() async throws {
        try await OutboundBench.run({ $0.certificateFile = nil }) { bench in
            let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
            #expect(await send("smtp://localhost:\(peer.port)", bench) == .insecure)
        }
    }
}
