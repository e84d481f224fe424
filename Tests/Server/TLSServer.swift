import Foundation
import TestSupport

/// A server that speaks HTTPS, with certificates of a test's own.
struct TLSServer {
    let folder: TemporaryFolder
    let authority: TLSAuthority
    let process: SignetProcess

    /// - Parameters:
    ///   - arguments: beside those of the certificates.
    ///   - make: makes the certificates; one for `localhost` unless given.
    init(
        _ arguments: [String] = [],
        _ make: (TLSAuthority) throws -> [TLSAuthority.Issued] = { [try $0.issue("server")] }
    ) throws {
        folder = try TemporaryFolder()
        authority = try TLSAuthority(in: folder)
        let flags = try make(authority).flatMap {
            ["--tls-cert", $0.certificate, "--tls-key", $0.key]
        }
        process = try SignetProcess(in: folder, flags + arguments)
    }

    var port: String { "\(process.port)" }

    /// Runs a Python script with the port and the authority's file as its arguments, behind what all of them
    /// need. Returns what it printed, without the last line's end.
    func python(_ script: String, _ arguments: [String] = []) throws -> String {
        let output = try Python.run(
            Self.prelude + script, arguments: [port, authority.certificate] + arguments)
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Runs `openssl s_client` to its end with `input`, and returns all that it said.
    func sClient(_ arguments: [String], input: String) throws -> String {
        let process = try ChildProcess(
            ChildProcess.find("openssl"),
            ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments,
            // Debian's own settings refuse old versions on the client's side.
            environment: ["OPENSSL_CONF": "/dev/null"], input: input, in: folder.path())
        _ = try process.waitForEnd()
        return process.outputText + process.errorText
    }

    private static let prelude = """
        import socket, ssl, sys
        port, ca = int(sys.argv[1]), sys.argv[2]

        def context():
            return ssl.create_default_context(cafile=ca)

        def connect(context, name="localhost", session=None):
            plain = socket.create_connection(("127.0.0.1", port), timeout=120)
            return context.wrap_socket(plain, server_hostname=name, session=session)

        def ask(secured, request=b"GET /ping HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n", end=b"pong"):
            secured.sendall(request)
            answer = b""
            while not answer.endswith(end):
                more = secured.recv(65536)
                if not more:
                    raise EOFError(answer)
                answer += more
            return answer


        """
}
