internal import Foundation

/// An OpenID provider (oidc-provider-mock) over TLS, and what a client of it gets.
package final class ProviderPeer: Sendable {
    /// What a user gets who signs in at the provider.
    package struct Tokens: Decodable, Sendable {
        package let id: String
        package let access: String
    }

    private static let server = """
        import ssl, sys, werkzeug.serving
        import oidc_provider_mock
        from oidc_provider_mock import User

        certificate, port = sys.argv[1:]
        users = [
            User(sub="ann", claims={
                "email": "ann@example.org", "email_verified": True, "name": "Ann"}),
            User(sub="bob", claims={"email": "bob@example.org", "email_verified": True}),
            User(sub="eve", claims={"email": "ann@example.org", "email_verified": False}),
            User(sub="joe", claims={"email": "ann@example.org"}),
        ]
        app = oidc_provider_mock.app(user_claims=users)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = werkzeug.serving.make_server(
            "localhost", int(port), app, threaded=True, ssl_context=context)
        print("port", server.server_port)
        server.serve_forever()
        """

    private static let client = """
        import json, sys, urllib.parse, requests

        issuer, authority, subject, client_id = sys.argv[1:]
        session = requests.Session()
        # Else a variable of the environment would win over the next line.
        session.trust_env = False
        session.verify = authority
        metadata = session.get(issuer + "/.well-known/openid-configuration").json()
        redirect = "https://client.example.org/back"
        answer = session.post(
            metadata["authorization_endpoint"], data={"sub": subject}, allow_redirects=False,
            params={"client_id": client_id, "redirect_uri": redirect, "response_type": "code",
                "scope": "openid profile email", "nonce": "n"})
        query = urllib.parse.urlparse(answer.headers["Location"]).query
        tokens = session.post(metadata["token_endpoint"], auth=(client_id, "secret"), data={
            "grant_type": "authorization_code", "redirect_uri": redirect,
            "code": urllib.parse.parse_qs(query)["code"][0]}).json()
        print(json.dumps({"id": tokens["id_token"], "access": tokens["access_token"]}))
        """

    private let process: PythonServer
    private let certificates: TestCertificates

    /// - Parameter port: 0 for the kernel's choice.
    package init(
        _ certificates: TestCertificates, port: Int = 0, in folder: TemporaryFolder
    ) throws {
        self.certificates = certificates
        process = try PythonServer(
            Self.server, arguments: [certificates.server, "\(port)"], in: folder)
    }

    package var port: Int { process.port }
    package var issuer: String { "https://localhost:\(port)" }

    /// What `subject` gets for a client by the code flow.
    package func tokens(for subject: String, client: String = "shop") throws -> Tokens {
        let output = try Python.run(
            Self.client, arguments: [issuer, certificates.authority, subject, client])
        return try JSONDecoder().decode(Tokens.self, from: output)
    }

    /// Has it do nothing, as a machine that hangs would; and go on.
    package func stop() { process.process.signal(SIGSTOP) }
    package func goOn() { process.process.signal(SIGCONT) }

    /// Kills it, as a machine that fails would.
    package func kill() { process.kill() }
}
