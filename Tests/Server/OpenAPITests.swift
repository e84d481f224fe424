import Foundation
import SignetHandlers
import TestSupport
import Testing

/// docs/openapi.yaml, read by a validator, and held against the server by its routes and by schemathesis.
@Suite("The interface document")
struct OpenAPITests {
    private static let file = Python.packageRoot.appending(path: "docs/openapi.yaml").path

    /// What the document says of a path.
    private struct DocumentedPath: Decodable {
        let path: String
        /// In upper case.
        let methods: [String]
        /// Whether the path is of the admin listener.
        let isAdmins: Bool
        /// Whether HEAD is served beside GET, as the document's introduction tells.
        let hasHead: Bool

        /// The path with something in the place of its parameters.
        var target: String { path.replacing(/\{[^}]*\}/, with: "01M836PS7KK6PJHT80W821KKZC") }
        var allowed: Set<String> { Set(methods + (hasHead ? ["HEAD"] : [])) }
    }

    private static func documentedPaths() throws -> [DocumentedPath] {
        let script = """
            import json, re, sys, yaml
            document = yaml.safe_load(open(sys.argv[1]))
            exceptions = re.search(r"- HEAD is served wherever GET is,(.*?)\\n- ", document["info"]["description"], re.S)
            without_head = re.findall("`(/.*?)`", exceptions[1])
            assert set(without_head) <= set(document["paths"]), without_head
            print(json.dumps([{
                "path": path,
                "methods": [name.upper() for name in item if isinstance(item[name], dict)],
                "isAdmins": "servers" in item,
                "hasHead": "get" in item and path not in without_head,
            } for path, item in document["paths"].items()]))
            """
        let output = try Python.run(script, arguments: [file], by: Python.schemathesis)
        return try JSONDecoder().decode([DocumentedPath].self, from: output)
    }

    @Test("is OpenAPI 3.1, as openapi-spec-validator has it")
    func isValid() throws {
        let script = """
            import sys, yaml
            from openapi_spec_validator import OpenAPIV31SpecValidator
            OpenAPIV31SpecValidator(yaml.safe_load(open(sys.argv[1]))).validate()
            """
        try Python.run(script, arguments: [Self.file], by: Python.schemathesis)
    }

    @Test("has every route of the server, and no other, with the methods that it takes")
    func routes() throws {
        let server = try SignetProcess(["--set", "rate_limits.enabled=false"])
        let main = try server.connect()
        let admin = try HTTPConnection(port: server.adminPort)
        for documented in try Self.documentedPaths() {
            let connection = documented.isAdmins ? admin : main
            // TRACE is nobody's method.
            for target in [documented.target, documented.target + "/"] {
                let refusal = try connection.call("TRACE", target)
                #expect(refusal.status == 405, "\(documented.path): \(refusal)")
                let methods = refusal.fields["allow"]?.split(separator: ", ").map(String.init)
                #expect(Set(methods ?? []) == documented.allowed, "\(documented.path)")
            }
            for method in documented.methods {
                let status = try connection.call(method, documented.target).status
                // Who is nobody is told so, or that something is missing.
                #expect(status != 405 && status < 500, "\(method) \(documented.path): \(status)")
                guard method == "GET" else { continue }
                let head = try Self.head(documented, on: server)
                #expect(
                    head.hasPrefix("HTTP/1.1 \(documented.hasHead ? status : 405) "),
                    "\(documented.path): \(head)")
                #expect(head.hasSuffix("\r\n\r\n"), "a body after HEAD \(documented.path)")
            }
        }
        // The server's own list of its routes: each was found by its path, and no path was found by none.
        let page = try admin.call("GET", "/metrics").text
        let counted = page.matches(of: /signet_requests_total\{[^}]*route="([a-z_]+)"[^}]*\}/)
        #expect(
            Set(counted.map { String($0.1) })
                == Set(RouteName.allCases.map(\.text)).subtracting([RouteName.none.text]))
    }

    /// All that comes after HEAD.
    private static func head(
        _ documented: DocumentedPath, on server: SignetProcess
    ) throws -> String {
        let port = documented.isAdmins ? server.adminPort : server.port
        let connection = try HTTPConnection(port: port)
        try connection.send(
            HTTPConnection.request("HEAD", documented.target, fields: ["Connection: close"]))
        return String(decoding: try connection.readToEnd(), as: UTF8.self)
    }

    @Test("says what the server answers, whatever schemathesis sends")
    func schemathesis() throws {
        let run = try SchemathesisRun()
        #expect(run.ending == .exited(0), "seed \(run.seed):\n\(run.output)")
        let cases = run.answers.values.reduce(run.otherMethods) { $0 + $1.values.reduce(0, +) }
        let letThrough = run.answers.values.joined().filter { (200..<300).contains($0.key) }
            .reduce(0) { $0 + $1.value }
        print(
            "schemathesis: seed \(run.seed), \(cases) cases of \(run.answers.count) operations,",
            "\(letThrough) answered 2xx")
        let operations = try Self.documentedPaths().flatMap(\.methods).count
        #expect(run.answers.count == operations)
        #expect(cases > 30 * operations)
        // Each was reached, and let through at least once; nothing was kept back by a limit.
        for (name, statuses) in run.answers {
            #expect(statuses.keys.contains { (200..<300).contains($0) }, "\(name): \(statuses)")
            #expect(statuses.keys.allSatisfy { $0 != 429 && $0 < 500 }, "\(name): \(statuses)")
        }
    }
}
