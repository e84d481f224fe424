package import Foundation

/// Runs Python scripts in the virtual environment that `scripts/setup` makes, so that our tokens are
/// checked by programs that we did not write.
package enum Python {
    /// The root of the checkout, found from this file's own place in it.
    package static let packageRoot = URL(fileURLWithPath: #filePath)
        .resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter with PyJWT, joserfc, requests and httptools.
    package static let interpreter = packageRoot.appending(path: ".tools/venv/bin/python")

    /// The interpreter with schemathesis and openapi-spec-validator.
    package static let schemathesis = packageRoot.appending(
        path: ".tools/schemathesis/bin/python")

    /// A script that ended with another status than 0.
    package struct Failure: Error, CustomStringConvertible {
        package let status: Int32
        package let output: String

        package var description: String { "python ended with \(status):\n\(output)" }
    }

    /// Runs `script` with `arguments`, feeds it `input`, and returns what it wrote to its standard
    /// output. Throws `Failure`, with its standard error, when it ends with another status than 0.
    @discardableResult
    package static func run(
        _ script: String, arguments: [String] = [], input: Data = Data(),
        by interpreter: URL = interpreter
    ) throws -> Data {
        guard FileManager.default.isExecutableFile(atPath: interpreter.path) else {
            throw ChildProcess.Failure.notInstalled("the Python environment \(interpreter.path)")
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let inputFile = folder.appending(path: "input")
        let outputFile = folder.appending(path: "output")
        let errorFile = folder.appending(path: "error")
        try input.write(to: inputFile)
        try Data().write(to: outputFile)
        try Data().write(to: errorFile)

        let process = Process()
        process.executableURL = interpreter
        process.arguments = ["-c", script] + arguments
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
            throw Failure(status: process.terminationStatus, output: text)
        }
        return try Data(contentsOf: outputFile)
    }
}
