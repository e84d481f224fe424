internal import Foundation

/// The program under test, as a process of its own.
package enum Signet {
    /// What a command left behind.
    package struct Outcome: Sendable {
        package let ending: ChildProcess.Ending
        package let output: String
        package let errors: String
    }

    /// The binary beside the test bundle; `SIGNET_BINARY` in the environment names another.
    package static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["SIGNET_BINARY"] { return path }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "signet").path
    }()

    /// Whether that binary is built with a sanitizer, as the tests are; one that `SIGNET_BINARY` names is not.
    package static let isSanitized = {
        let environment = ProcessInfo.processInfo.environment
        return environment["SIGNET_BINARY"] == nil
            && environment.keys.contains { $0.hasSuffix("SAN_OPTIONS") }
    }()

    /// Starts `signet` with nothing in its environment but `environment`, and the admin listener on a
    /// port of the kernel's choice.
    package static func start(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        in folder: TemporaryFolder
    ) throws -> ChildProcess {
        // A server under a sanitizer has the same options as the tests.
        let options = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        return try ChildProcess(
            binary, arguments,
            environment: options.merging(["SIGNET_ADMIN_PORT": "0"]) { $1 }
                .merging(environment) { $1 },
            input: input, in: folder.path())
    }

    /// Runs `signet` to its end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        in folder: TemporaryFolder
    ) throws -> Outcome {
        let process = try start(arguments, environment: environment, input: input, in: folder)
        let ending = try process.waitForEnd()
        return Outcome(ending: ending, output: process.outputText, errors: process.errorText)
    }

    /// Runs `signet` to its end on a terminal of its own. Each question that shows there is given its
    /// answer, in this order. The outcome's output is what the terminal shows.
    package static func talkOnTerminal(
        _ arguments: [String], _ answers: [(question: String, answer: String)],
        in folder: TemporaryFolder
    ) throws -> Outcome {
        let script = """
            import json, os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[2], sys.argv[2:])
            answers, seen = json.loads(sys.argv[1]), b""
            while True:
                try:
                    shown = os.read(terminal, 65536)
                except OSError:
                    break
                if not shown:
                    break
                os.write(1, shown)
                seen += shown
                if answers and answers[0][0].encode() in seen:
                    seen = b""
                    os.write(terminal, answers.pop(0)[1].encode())
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        let pairs = try JSONEncoder().encode(answers.map { [$0.question, $0.answer] })
        let process = try ChildProcess(
            ChildProcess.find("python3"),
            ["-c", script, String(decoding: pairs, as: UTF8.self), binary] + arguments,
            environment: [:], in: folder.path())
        let ending = try process.waitForEnd()
        return Outcome(ending: ending, output: process.outputText, errors: process.errorText)
    }

    /// Runs `signet` to its end on a terminal of its own, at which `typing` is typed. The outcome's
    /// output is what the terminal shows.
    package static func runOnTerminal(
        _ arguments: [String], typing: String, in folder: TemporaryFolder
    ) throws -> Outcome {
        // Python's standard library opens the terminal; `script` is not installed everywhere.
        let script = """
            import os, pty, sys
            master_pid, terminal = pty.fork()
            if master_pid == 0:
                os.execv(sys.argv[2], sys.argv[2:])
            os.write(terminal, (sys.argv[1] + "\\n").encode())
            while True:
                try:
                    shown = os.read(terminal, 65536)
                except OSError:
                    break
                if not shown:
                    break
                os.write(1, shown)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(master_pid, 0)[1]))
            """
        let process = try ChildProcess(
            ChildProcess.find("python3"), ["-c", script, typing, binary] + arguments,
            environment: [:], in: folder.path())
        let ending = try process.waitForEnd()
        return Outcome(ending: ending, output: process.outputText, errors: process.errorText)
    }
}

/// A running server on a port that the kernel chose. It is killed when it is let go.
package final class SignetProcess: Sendable {
    /// A server that did not come up.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Holds the data folder, which lives at least as long as the server.
    package let folder: TemporaryFolder
    package let process: ChildProcess
    package let port: Int
    /// Where metrics are.
    package let adminPort: Int
    /// All that the server printed until it listened.
    package let greeting: String
    /// The root key that it was given, or else printed.
    package let rootKey: String?

    /// Starts `signet serve` on `data`, and returns when it listens.
    ///
    /// - Parameters:
    ///   - folder: the working folder, used again to start on the data of an earlier server.
    ///   - data: the data folder, `data` in `folder` unless given.
    ///   - rootKey: given as `SIGNET_ROOT_KEY`.
    package init(
        in folder: TemporaryFolder? = nil, data: String? = nil, _ arguments: [String] = [],
        rootKey: String? = nil, environment: [String: String] = [:]
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        // A machine that is busy with other tests is no overload, nor is a slow end one that hangs. Flags count before
        // this, a settings file does not.
        var environment = [
            "SIGNET_LIMITS_QUEUE_TIME": "0s", "SIGNET_TIMEOUTS_DRAIN": "60s",
        ].merging(environment) { $1 }
        if let rootKey { environment["SIGNET_ROOT_KEY"] = rootKey }
        let data = data ?? folder.path("data")
        process = try Signet.start(
            ["serve", "--port", "0", "--data", data] + arguments, environment: environment,
            in: folder)
        guard let output = process.waitForOutput("/metrics\n"),
            let port = output.firstMatch(of: /listens on https?:\/\/[^\n]*:([0-9]+)\n/)?.1,
            let adminPort = output.firstMatch(of: /Metrics: http:\/\/[^\n]*:([0-9]+)\//)?.1
        else {
            throw Failure(description: "no server: \(process.outputText)\(process.errorText)")
        }
        self.folder = folder
        self.port = Int(port) ?? 0
        self.adminPort = Int(adminPort) ?? 0
        greeting = output
        self.rootKey =
            rootKey ?? output.firstMatch(of: /Root key[^:]*: ([^\n]+)/).map { String($0.1) }
    }

    /// The data folder, unless another was given.
    package var data: String { folder.path("data") }

    /// Sends `signal` and waits for the end.
    package func stop(
        _ signal: Int32 = SIGTERM, atMostSeconds seconds: Double = 90
    ) throws -> ChildProcess.Ending {
        process.signal(signal)
        return try process.waitForEnd(atMostSeconds: seconds)
    }

    /// A connection to it.
    package func connect() throws -> HTTPConnection { try HTTPConnection(port: port) }
}
