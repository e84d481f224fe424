import Foundation
import TestSupport
import Testing

/// What README.md and docs/OPERATIONS.md tell operators to type does what they say, and links lead somewhere.
@Suite("Commands and links in the documents", .timeLimit(.minutes(15)))
struct DocumentTests {
    /// The blocks of a document that begin with ```` ```sh test ````.
    private static func blocks(in document: String) throws -> [String] {
        let file = Python.packageRoot.appending(path: document)
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.components(separatedBy: "\n```sh test\n").dropFirst().compactMap { rest in
            rest.firstRange(of: "\n```").map { String(rest[..<$0.lowerBound]) }
        }
    }

    @Test(
        "run from the first to the last, beside a server",
        arguments: [("README.md", 1), ("docs/OPERATIONS.md", 5)])
    func commands(document: String, count: Int) throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder, data: folder.path("signet-data"))
        let app = try AppAccount.create(on: server)
        let programs = folder.path("bin")
        try FileManager.default.createDirectory(
            atPath: programs, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: "\(programs)/signet", withDestinationPath: Signet.binary)
        let options = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        let environment = [
            "PATH": "\(programs):/usr/bin:/bin", "HOME": folder.path(), "APP_ID": app.id,
            "APP_KEY": app.key,
        ]
        // curl reads this file by itself.
        _ = try folder.write("fail\n", to: ".curlrc")
        let blocks = try Self.blocks(in: document)
        #expect(blocks.count >= count)
        for block in blocks {
            let script =
                block
                .replacing("127.0.0.1:8080", with: "127.0.0.1:\(server.port)")
                .replacing("127.0.0.1:9090", with: "127.0.0.1:\(server.adminPort)")
            let process = try ChildProcess(
                "/bin/bash", ["-euo", "pipefail", "-c", script],
                environment: options.merging(environment) { $1 }, in: folder.path())
            let ending = try process.waitForEnd()
            #expect(ending == .exited(0), "\(block)\n\(process.outputText)\(process.errorText)")
        }
    }

    @Test("lead to files and headings that there are")
    func links() throws {
        let script = #"""
            import glob, os, re, sys

            os.chdir(sys.argv[1])

            def anchors(text):
                headings = re.findall(r"^#+ (.*)$", text, re.M)
                return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

            files = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md"]
            files += glob.glob("docs/**/*.md", recursive=True)
            count = 0
            for file in files:
                text = re.sub(r"```.*?```", "", open(file).read(), flags=re.S)
                for link in re.findall(r"\]\(([^)\s]+)\)", text):
                    if link.startswith("http"):
                        continue
                    count += 1
                    path, _, anchor = link.partition("#")
                    target = os.path.normpath(os.path.join(os.path.dirname(file), path)) if path else file
                    assert os.path.exists(target), (file, link)
                    assert not anchor or anchor in anchors(open(target).read()), (file, link)
            assert count > 30, count
            """#
        try Python.run(script, arguments: [Python.packageRoot.path])
    }
}
