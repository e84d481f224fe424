/// An HTTP server that does what a test wants, by path.
package enum WebPeer {
    private static let script = """
        import http.server, json, ssl, sys, threading, urllib.parse

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body=b"", **fields):
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/silent":
                    threading.Event().wait()
                elif path == "/large":
                    self.answer(200, b"x" * 100_000)
                elif path == "/endless":
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    while True:
                        self.wfile.write(b"400\\r\\n" + b"x" * 1024 + b"\\r\\n")
                elif path == "/redirect":
                    self.answer(302, Location=query)
                elif path == "/pause":
                    threading.Event().wait(0.2)
                    self.answer(200, query.encode())
                elif path == "/bearer":
                    self.answer(200, (self.headers["Authorization"] or "").encode())
                elif path == "/cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "10")
                    self.end_headers()
                    self.wfile.write(b"1")
                    self.close_connection = True
                else:
                    self.answer(404 if path == "/missing" else 200, b"hello", Cache_Control="max-age=60")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith("/redirect?"):
                    return self.answer(307, Location=self.path[10:])
                if self.path == "/recaptcha":
                    form = urllib.parse.parse_qs(body.decode())
                    isHuman = form == {
                        "secret": ["recaptcha word"], "response": ["a&human"],
                        "remoteip": ["127.0.0.1"]}
                    return self.answer(200, json.dumps({"success": isHuman}).encode())
                self.answer(200, self.headers["Content-Type"].encode() + b" " + body)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        server = Server(("127.0.0.1", 0), Handler)
        if sys.argv[1]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1])
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False)
        print("port", server.server_address[1])
        server.serve_forever()
        """

    /// Starts one; over TLS when it is given certificates.
    package static func start(
        _ certificates: TestCertificates?, in folder: TemporaryFolder
    ) throws -> PythonServer {
        try PythonServer(script, arguments: [certificates?.server ?? ""], in: folder)
    }
}
