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

        let status = try spawn(
            [interpreter.path, "-c", script] + arguments,
            files: [inputFile.path, outputFile.path, errorFile.path])
        guard status == 0 else {
            let text = String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
            throw Failure(status: status, output: text)
        }
        return try Data(contentsOf: outputFile)
    }

    /// Runs a program with these files as its standard input, output and error, and returns its wait
    /// status. Not Foundation's `Process`, which does not see the end of a program when a thousand
    /// descriptors are open, as many tests at a time have.
    private static func spawn(_ arguments: [String], files: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() {
            let flags = number == 0 ? O_RDONLY : O_WRONLY
            posix_spawn_file_actions_addopen(&actions, Int32(number), file, flags, 0)
        }
        var texts = arguments.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var id: pid_t = 0
        let failure = ChildProcess.alone {
            posix_spawn(&id, arguments[0], &actions, nil, &texts, environ)
        }
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
        return status
    }
}
