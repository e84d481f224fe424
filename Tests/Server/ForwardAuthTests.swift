import Foundation
import TestSupport
import Testing

/// nginx asks `/auth/check` before it lets a request through to an application.
@Suite("nginx with auth_request")
struct ForwardAuthTests {
    @Test("lets good tokens through, says who calls, and answers 401 to the rest")
    func authRequest() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let pair = try app.pair(on: server.connect())
        let nginx = try NginxProxy(signetPort: server.port)

        func call(_ fields: [String], _ method: String = "GET", body: String = "") throws
            -> HTTPAnswer
        {
            let connection = try HTTPConnection(port: nginx.port)
            let lines = ["\(method) /app HTTP/1.1", "Host: localhost"] + fields
            let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
            let head = (lines + length).joined(separator: "\r\n")
            try connection.send(Array("\(head)\r\n\r\n\(body)".utf8))
            return try connection.readAnswer()
        }
        let bearer = "Authorization: Bearer \(pair.authToken)"
        let payload = pair.authToken.split(separator: ".")[1]
        for fields in [
            [bearer], ["Cookie: jwt=\(pair.authToken)"],
            // What a client says of itself does not count.
            [bearer, "X-Auth-Subject: root", "X-Auth-Claims: e30"],
        ] {
            let answer = try call(fields)
            #expect(answer.status == 200)
            #expect(answer.text == "ada@example.org app:\(app.id) \(payload)")
        }
        #expect(try call([bearer], "POST", body: "a=b").status == 200)
        #expect(try call([bearer], "DELETE").status == 200)

        for fields in [
            [], ["Authorization: Bearer x"], ["Authorization: Bearer \(pair.refreshToken)"],
            ["X-Auth-Subject: root"],
        ] {
            let answer = try call(fields)
            #expect(answer.status == 401)
            #expect(answer.fields["www-authenticate"]?.hasPrefix("Bearer ") == true)
            #expect(!answer.text.contains("app:"))
        }

        let form = "token=\(pair.refreshToken)&client_id=\(app.id)&client_secret=\(app.key)"
        let connection = try server.connect()
        try connection.send(
            Array(
                """
                POST /oauth/revoke HTTP/1.1\r\nHost: localhost\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: \(form.utf8.count)\r\n\r\n\(form)
                """.utf8))
        #expect(try connection.readAnswer().status == 200)
        #expect(try call([bearer]).status == 401)
    }
}

/// A running nginx that asks a server of ours, as docs/OPERATIONS.md shows it. It is killed when it is
/// let go.
final class NginxProxy {
    let port: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts it on a free port; on another one when that was taken meanwhile.
    init(signetPort: Int) throws {
        folder = try TemporaryFolder()
        for _ in 0..<10 {
            let port = try Self.freePort()
            let file = try folder.write(
                Self.configuration(port: port, signetPort: signetPort, folder: folder.path()),
                to: "nginx.conf")
            let process = try ChildProcess(
                try Self.find(), ["-p", folder.path(), "-c", file], environment: [:],
                in: folder.path())
            // It says so after it has opened its sockets.
            if process.waitForErrors("event method") != nil {
                self.port = port
                self.process = process
                return
            }
            guard process.errorText.contains("Address already in use") else {
                throw UnexpectedAnswer(description: "nginx: \(process.errorText)")
            }
        }
        throw UnexpectedAnswer(description: "nginx: no free port")
    }

    /// Debian has it in /usr/sbin, which is not everybody's path.
    private static func find() throws -> String {
        let usual = "/usr/sbin/nginx"
        if FileManager.default.isExecutableFile(atPath: usual) { return usual }
        return try ChildProcess.find("nginx")
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) | getsockname(socket, $0, &length)
            }
        }
        guard status == 0 else { throw HTTPConnection.Failure.noConnection(errno: errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func configuration(port: Int, signetPort: Int, folder: String) -> String {
        """
        daemon off;
        master_process off;
        pid \(folder)/nginx.pid;
        error_log stderr notice;
        events {}
        http {
            access_log off;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            server {
                listen 127.0.0.1:\(port);
                location / {
                    auth_request /signet-check;
                    auth_request_set $auth_subject $upstream_http_x_auth_subject;
                    auth_request_set $auth_realm $upstream_http_x_auth_realm;
                    auth_request_set $auth_claims $upstream_http_x_auth_claims;
                    proxy_set_header X-Auth-Subject $auth_subject;
                    proxy_set_header X-Auth-Realm $auth_realm;
                    proxy_set_header X-Auth-Claims $auth_claims;
                    proxy_pass http://unix:\(folder)/application;
                }
                location = /signet-check {
                    internal;
                    proxy_pass http://127.0.0.1:\(signetPort)/auth/check;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length "";
                }
            }
            # The application: it says what it was told.
            server {
                listen unix:\(folder)/application;
                location / {
                    return 200 "$http_x_auth_subject $http_x_auth_realm $http_x_auth_claims";
                }
            }
        }
        """
    }
}
