import Foundation
import TestSupport

/// A program in another language that signs a pair, as users write it: with `{{your-endpoint}}`,
/// `{{your-port}}`, `{{app-id}}` and `{{app-key}}` where theirs go.
struct Snippet: Sendable, CustomStringConvertible {
    enum Language: String, CaseIterable {
        case curl
        case node
        case python
        case php
        case go

        /// How a program of this language begins in the users' document.
        fileprivate var opening: String {
            switch self {
            case .curl: "curl --request"
            case .node: "const request = require"
            case .python: "import requests"
            case .php: "<?php"
            case .go: "package main"
            }
        }
    }

    let language: Language
    let origin: String
    let text: String

    var description: String { "\(language.rawValue), \(origin)" }

    /// Those of the users' document, when it lies beside the checkout, and ours.
    static let all: [Snippet] = seeds + own

    /// Runs it, changed in nothing but the placeholders, and returns what it printed.
    func run(_ app: AppAccount, port: Int) throws -> String {
        let program =
            text
            .replacing("{{your-endpoint}}", with: "127.0.0.1").replacing(
                "{{your-port}}", with: "\(port)"
            )
            .replacing("{{app-id}}", with: app.id).replacing("{{app-key}}", with: app.key)
        let folder = try TemporaryFolder()
        var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        environment["HOME"] = folder.path()
        let command: [String]
        switch language {
        case .curl:
            // curl reads this file by itself: the command stays as it is, and fails when the answer
            // is not a success.
            _ = try folder.write("silent\nshow-error\nfail-with-body\n", to: ".curlrc")
            _ = try ChildProcess.find("curl")
            command = [try ChildProcess.find("sh"), try folder.write(program, to: "sign.sh")]
        case .node:
            // Where Debian puts packages; its own node looks there by itself, others do not.
            environment["NODE_PATH"] = "/usr/share/nodejs"
            command = [try ChildProcess.find("node"), try folder.write(program, to: "sign.js")]
        case .python:
            command = [Python.interpreter.path, try folder.write(program, to: "sign.py")]
        case .php:
            command = [
                try ChildProcess.find("php"), "-d", "auto_prepend_file=GuzzleHttp/autoload.php",
                try folder.write(program, to: "sign.php"),
            ]
        case .go:
            environment["CGO_ENABLED"] = "0"
            environment["GO111MODULE"] = "off"
            environment["GOCACHE"] = Self.goCache
            command = [
                try ChildProcess.find("go"), "run", try folder.write(program, to: "sign.go"),
            ]
        }
        let process = try ChildProcess(
            command[0], Array(command.dropFirst()), environment: environment, in: folder.path())
        let ending = try process.waitForEnd(atMostSeconds: 600)
        guard ending == .exited(0) else {
            throw UnexpectedAnswer(
                description: "\(self): \(ending)\n\(process.outputText)\(process.errorText)")
        }
        return process.outputText
    }

    /// Go compiles its library at the first use; kept between runs, beside the Python packages.
    private static let goCache = Python.packageRoot.appending(path: ".tools/go-cache").path

    private static let seeds: [Snippet] = {
        let document = Python.packageRoot.deletingLastPathComponent()
            .appending(path: "shared/seeds/000_7f9c6543ec8408b4.txt")
        guard let text = try? String(contentsOf: document, encoding: .utf8) else { return [] }
        // Each program ends where the next one begins; what comes after the last is Java.
        let starts = Language.allCases.compactMap { language in
            text.range(of: language.opening).map { (language, $0.lowerBound) }
        }
        let end = text.range(of: "AsyncHttpClient client")?.lowerBound ?? text.endIndex
        return starts.map { language, start in
            let next = starts.map(\.1).filter { $0 > start }.min() ?? end
            return Snippet(language: language, origin: "users'", text: String(text[start..<next]))
        }
    }()

    private static let own: [Snippet] = [
        Snippet(
            language: .curl, origin: "ours",
            text: #"""
                curl --url 'http://{{your-endpoint}}:{{your-port}}/app/{{app-id}}/sign' \
                  --header 'Authorization: {{app-key}}' \
                  --data '{"sub":"ada","aud":"web","ip":"2001:db8::1","useragent":"curl","n":[1,2]}'
                """#),
        Snippet(
            language: .node, origin: "ours",
            text: """
                require('request').post({
                  url: 'http://{{your-endpoint}}:{{your-port}}/app/{{app-id}}/sign',
                  headers: { Authorization: '{{app-key}}' },
                  json: { sub: 'ada', aud: 'web', ip: '2001:db8::1', useragent: 'node' },
                }, (error, response, body) => {
                  if (error || response.statusCode !== 200) throw error || new Error(body);
                  console.log(body);
                });
                """),
        Snippet(
            language: .python, origin: "ours",
            text: """
                import requests
                session = requests.Session()
                session.headers["Authorization"] = "Bearer {{app-key}}"
                claims = {"sub": "ada", "aud": "web", "ip": "2001:db8::1", "useragent": "python"}
                url = "http://{{your-endpoint}}:{{your-port}}/app/{{app-id}}/sign"
                session.post(url, json=claims).raise_for_status()
                print(session.post(url, json=claims).json())
                """),
        Snippet(
            language: .php, origin: "ours",
            text: """
                <?php
                $client = new GuzzleHttp\\Client();
                echo $client->post('http://{{your-endpoint}}:{{your-port}}/app/{{app-id}}/sign', [
                    'headers' => ['Authorization' => '{{app-key}}'],
                    'json' => [
                        'sub' => 'ada', 'aud' => 'web', 'ip' => '2001:db8::1', 'useragent' => 'php',
                    ],
                ])->getBody();
                """),
        Snippet(
            language: .go, origin: "ours",
            text: #"""
                package main

                import ("bytes"; "encoding/json"; "io"; "net/http"; "os")

                func main() {
                    claims, _ := json.Marshal(map[string]string{
                        "sub": "ada", "aud": "web", "ip": "2001:db8::1", "useragent": "go"})
                    url := "http://{{your-endpoint}}:{{your-port}}/app/{{app-id}}/sign"
                    request, _ := http.NewRequest("POST", url, bytes.NewReader(claims))
                    request.Header.Set("Authorization", "{{app-key}}")
                    response, err := http.DefaultClient.Do(request)
                    if err != nil || response.StatusCode != 200 { os.Exit(1) }
                    io.Copy(os.Stdout, response.Body)
                }
                """#),
    ]
}
