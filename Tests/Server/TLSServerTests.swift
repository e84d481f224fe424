import Foundation
import TestSupport
import Testing

@Suite("TLS: what clients meet")
struct TLSServerTests {
    @Test("serves curl, requests and s_client by either version", arguments: ["1.2", "1.3"])
    func clients(version: String) throws {
        let server = try TLSServer()
        #expect(server.process.greeting.contains("listens on https://127.0.0.1:"))
        let curl = try ChildProcess(
            ChildProcess.find("curl"),
            [
                "--silent", "--show-error", "--include", "--ipv4", "--cacert",
                server.authority.certificate, "--tlsv\(version)", "--tls-max", version,
                "https://localhost:\(server.port)/ping",
            ], environment: [:], in: server.folder.path())
        #expect(try curl.waitForEnd() == .exited(0), "\(curl.errorText)")
        #expect(curl.outputText.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(curl.outputText.contains("\r\nStrict-Transport-Security: max-age=63072000\r\n"))
        #expect(curl.outputText.hasSuffix("pong"))

        let requests = try server.python(
            """
            import requests
            print(requests.get(f"https://localhost:{port}/ping", verify=ca).text)
            """)
        #expect(requests == "pong")

        let flag = version == "1.2" ? "-tls1_2" : "-tls1_3"
        let said = try server.sClient(
            [
                flag, "-quiet", "-verify_return_error", "-CAfile", server.authority.certificate,
                "-servername", "localhost",
            ], input: "GET /ping HTTP/1.0\r\n\r\n")
        #expect(said.contains("\r\n\r\npong"), "\(said)")
    }

    @Test("signs over TLS what verifies, and its issuer is https")
    func signs() throws {
        let server = try TLSServer()
        let result = try server.python(
            """
            import requests
            base = f"https://localhost:{port}"
            client = requests.Session()
            client.verify, client.trust_env = ca, False
            root = {"Authorization": sys.argv[3]}
            app = client.post(base + "/root/create", headers=root, json={
                "name": "a", "token_expire": 3600, "refresh_expire": 7200, "key_type": "OCT",
                "algo": "HS256", "rotation_period": 31536000, "refresh_grace": 0}).json()
            key = {"Authorization": app["app_key"]}
            for _ in range(50):
                tokens = client.post(f"{base}/app/{app['app_id']}/sign", headers=key, json={
                    "sub": "s", "aud": "a", "ip": "192.0.2.7", "useragent": "u"}).json()
                answer = client.post(f"{base}/app/{app['app_id']}/verify", headers=key, json={
                    "token": tokens["auth_token"]})
                assert answer.json()["verified"], answer.text
            metadata = client.get(base + "/.well-known/oauth-authorization-server").json()
            print(metadata["issuer"])
            """, [try #require(server.process.rootKey)])
        #expect(result == "https://127.0.0.1:\(server.port)")
    }

    @Test("refuses versions before TLS 1.2 at the hello", arguments: ["-tls1", "-tls1_1"])
    func oldVersions(flag: String) throws {
        let server = try TLSServer()
        let said = try server.sClient([flag, "-cipher", "ALL:@SECLEVEL=0"], input: "")
        #expect(said.contains("alert protocol version"), "\(said)")
        #expect(said.contains("Cipher is (NONE)"))
    }

    @Test("answers plain HTTP at once, and what is neither with the end of the connection")
    func plaintext() throws {
        let server = try TLSServer()
        let connection = try server.process.connect()
        let answer = try connection.call("GET", "/ping")
        #expect(answer.status == 400)
        #expect(answer.text == "This port speaks HTTPS alone.\n")
        #expect(try connection.readToEnd() == [])
        for method in ["DELETE", "OPTIONS", "PRI", "\u{0}\u{0}\u{0}\u{0}"] {
            let connection = try server.process.connect()
            try connection.send(Array("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            // Nothing but an alert.
            #expect(try connection.readToEnd().count <= 7)
        }
    }

    @Test("chooses HTTP/1.1 of the protocols that a client offers, and refuses a client without it")
    func protocols() throws {
        let server = try TLSServer()
        let result = try server.python(
            """
            for offer in (["h2", "http/1.1"], ["http/1.0"], []):
                with_offer = context()
                if offer:
                    with_offer.set_alpn_protocols(offer)
                secured = connect(with_offer)
                ask(secured)
                print(secured.selected_alpn_protocol())
            other = context()
            other.set_alpn_protocols(["h2"])
            try:
                connect(other)
            except ssl.SSLError as error:
                print("no application protocol" in str(error))
            """)
        #expect(result == "http/1.1\nhttp/1.0\nNone\nTrue")
    }

    @Test("shows each host its certificate, of the kind that the client takes")
    func names() throws {
        let server = try TLSServer { authority in
            [
                try authority.issue("first", hosts: ["first.example"]),
                try authority.issue("wild", hosts: ["*.wild.example"], .rsa(bits: 2048)),
                try authority.issue("rsa", hosts: ["first.example", "rsa"], .rsa(bits: 2048)),
            ]
        }
        let result = try server.python(
            """
            from cryptography import x509
            def shown(name, ciphers=None):
                client = context()
                client.check_hostname = False
                if ciphers:
                    client.maximum_version = ssl.TLSVersion.TLSv1_2
                    client.set_ciphers(ciphers)
                secured = connect(client, name)
                ask(secured)
                found = x509.load_der_x509_certificate(secured.getpeercert(True))
                return found.subject.rfc4514_string(), type(found.public_key()).__name__[:2]
            for name in ("first.example", "FIRST.example", "a.wild.example", "a.b.wild.example", "rsa",
                         "stranger.example", None):
                print(name, *shown(name))
            for ciphers in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"):
                print(*shown("first.example", ciphers))
            """)
        #expect(
            result == """
                first.example CN=first.example EC
                FIRST.example CN=first.example EC
                a.wild.example CN=*.wild.example RS
                a.b.wild.example CN=first.example EC
                rsa CN=first.example RS
                stranger.example CN=first.example EC
                None CN=first.example EC
                CN=first.example EC
                CN=first.example RS
                """)
    }

    @Test("resumes sessions on every loop, by either version", arguments: ["1_2", "1_3"])
    func resumption(version: String) throws {
        let server = try TLSServer(["--loops", "2"])
        // The kernel spreads connections over the loops by a hash of their ports: 32 on one loop has a chance
        // of 2^-31.
        let result = try server.python(
            """
            client = context()
            client.maximum_version = client.minimum_version = ssl.TLSVersion.TLSv\(version)
            first = connect(client)
            ask(first)
            assert not first.session_reused
            session, reused = first.session, 0
            for _ in range(32):
                again = connect(client, session=session)
                ask(again)
                reused += again.session_reused
                session = again.session
            print(reused)
            """)
        #expect(result == "32")
    }

    @Test(
        "asks for a client's certificate with tls.client_ca: a good one or none may come, a bad one not"
    )
    func clientCertificates() throws {
        let folder = try TemporaryFolder()
        let clients = try TLSAuthority(in: folder, name: "clients")
        let good = try clients.issue("good", hosts: ["good"])
        let strangers = try TLSAuthority(in: folder, name: "strangers")
        let bad = try strangers.issue("bad", hosts: ["bad"])
        let server = try TLSServer(["--set", "tls.client_ca=\(clients.certificate)"])
        let result = try server.python(
            """
            def outcome(version, files, session=None):
                client = context()
                client.maximum_version = version
                if files:
                    client.load_cert_chain(*files)
                try:
                    secured = connect(client)
                    ask(secured)
                    again = connect(client, session=secured.session)
                    ask(again)
                    return f"served, resumed {again.session_reused}"
                except (ssl.SSLError, ConnectionError, EOFError) as error:
                    return getattr(error, "reason", None) or type(error).__name__
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                for files in (None, sys.argv[3:5], sys.argv[5:7]):
                    print(outcome(version, files))
            """, [good.certificate, good.key, bad.certificate, bad.key])
        #expect(
            result == """
                served, resumed True
                served, resumed True
                TLSV1_ALERT_UNKNOWN_CA
                served, resumed True
                served, resumed True
                TLSV1_ALERT_UNKNOWN_CA
                """)
    }

    @Test("answers a client that has new keys made before each request (TLS 1.3)")
    func newKeys() throws {
        let server = try TLSServer()
        let result = try server.python(
            """
            import subprocess
            client = subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

            def say(text, answer):
                client.stdin.write(text)
                client.stdin.flush()
                said = b""
                while answer not in said:
                    more = client.stdout.read1()
                    assert more, said
                    said += more

            request = b"GET /ping HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
            say(request, b"pong")
            for _ in range(40):
                # The client sends new keys, and asks for some.
                say(b"K\\n", b"KEYUPDATE")
                say(request, b"pong")
            client.kill()
            print("served")
            """)
        #expect(result == "served")
    }

    @Test(
        "survives bytes of every kind, before and after the handshake", arguments: [UInt64(1), 2])
    func hostileBytes(seed: UInt64) throws {
        let server = try TLSServer()
        let result = try server.python(
            """
            import random
            random = random.Random(int(sys.argv[3]))

            def hello():
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                try:
                    context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
                except ssl.SSLWantReadError:
                    return bytearray(outgoing.read())

            def spoil(data):
                for _ in range(random.randint(1, 8)):
                    data[random.randrange(len(data))] = random.randrange(256)
                return data[:random.randint(1, len(data))]

            for index in range(300):
                plain = socket.create_connection(("127.0.0.1", port), timeout=20)
                kind = index % 3
                if kind == 0:
                    plain.sendall(random.randbytes(random.randint(1, 3000)))
                elif kind == 1:
                    plain.sendall(spoil(hello()))
                else:
                    secured = context().wrap_socket(plain, server_hostname="localhost")
                    ask(secured)
                    plain = socket.socket(fileno=secured.detach())
                    head = bytes([random.choice([20, 21, 22, 23, 24]), 3, 3])
                    size = random.randint(0, 20000)
                    plain.sendall(head + size.to_bytes(2, "big") + random.randbytes(size))
                if index % 2:
                    plain.close()
            assert ask(connect(context())).endswith(b"pong")
            print("served")
            """, ["\(seed)"])
        #expect(result == "served")
        #expect(try server.process.stop() == .exited(0))
    }
}
