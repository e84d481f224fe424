internal import Foundation

/// A mail server (aiosmtpd) that keeps what it is given in a file.
package final class MailPeer: Sendable {
    /// How it speaks.
    package enum Kind: String, Sendable {
        /// With STARTTLS, which it wants.
        case startTLS
        /// With TLS from the first byte on.
        case tls
        case plaintext
    }

    /// A mail that it was given.
    package struct Mail: Decodable, Sendable {
        package let sender: String
        package let recipients: [String]
        package let text: String
    }

    private static let script = """
        import asyncio, json, ssl, sys
        from aiosmtpd.smtp import SMTP, AuthResult

        certificate, kind, port, path = sys.argv[1:]

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                with open(path, "a") as file:
                    file.write(json.dumps({
                        "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
                        "text": envelope.content.decode()}) + "\\n")
                print("mail", sum(1 for _ in open(path)))
                return "250 taken"

        def authenticate(server, session, envelope, mechanism, data):
            isRight = (data.login, data.password) == (b"signet", b"mail-word")
            return AuthResult(success=isRight, handled=False)

        def context():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            return context

        def protocol():
            if kind == "plaintext":
                return SMTP(Handler(), hostname="localhost", enable_SMTPUTF8=False)
            return SMTP(
                Handler(), hostname="localhost", enable_SMTPUTF8=False, authenticator=authenticate,
                auth_required=True, auth_require_tls=kind == "startTLS",
                tls_context=context() if kind == "startTLS" else None,
                require_starttls=kind == "startTLS")

        async def main():
            server = await asyncio.get_running_loop().create_server(
                protocol, "127.0.0.1", int(port), ssl=context() if kind == "tls" else None)
            print("port", server.sockets[0].getsockname()[1])
            await server.serve_forever()

        asyncio.run(main())
        """

    private let server: PythonServer
    private let file: String

    /// Starts one.
    ///
    /// - Parameters:
    ///   - port: 0 for the kernel's choice.
    ///   - folder: where it keeps its mails, with those of one before it.
    package init(
        _ kind: Kind = .startTLS, _ certificates: TestCertificates?, port: Int = 0,
        in folder: TemporaryFolder
    ) throws {
        file = folder.path("mails")
        server = try PythonServer(
            Self.script,
            arguments: [certificates?.server ?? "", kind.rawValue, "\(port)", file], in: folder)
    }

    package var port: Int { server.port }

    /// Kills it, as a machine that fails would.
    package func kill() { server.kill() }

    /// What it was given so far.
    package var mails: [Mail] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return [] }
        // The last line may be in the making.
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Mail.self, from: Data($0.utf8))
        }
    }

    /// Waits for its first `count` mails; nil when they do not come in time.
    package func waitForMails(_ count: Int, atMostSeconds seconds: Double = 60) -> [Mail]? {
        // It says so when it has written one; those before it in the folder count, too.
        guard mails.count < count else { return mails }
        let isWritten = server.process.waitForOutput("mail \(count)\n", atMostSeconds: seconds)
        return isWritten == nil ? nil : mails
    }
}
