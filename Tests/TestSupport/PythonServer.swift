internal import Foundation

/// A server in Python that a test runs: it prints `port <number>` when it listens. It is killed when it is
/// let go.
package final class PythonServer: Sendable {
    package let process: ChildProcess
    package let port: Int

    /// - Parameter arguments: are `sys.argv[1:]` of the script.
    package init(_ script: String, arguments: [String] = [], in folder: TemporaryFolder) throws {
        process = try ChildProcess(
            Python.interpreter.path, ["-u", "-c", script] + arguments,
            environment: ["PATH": "/usr/bin:/bin"], in: folder.path())
        guard let output = process.waitForOutput("\n"),
            let port = output.firstMatch(of: /port ([0-9]+)\n/)?.1
        else {
            throw ChildProcess.Failure.tooSlow("no server: \(process.errorText)")
        }
        self.port = Int(port) ?? 0
    }

    /// Kills it, as a machine that fails would.
    package func kill() {
        process.signal(SIGKILL)
        // Foundation's `Process` sees no end with a thousand descriptors open, which many tests at a time have.
        var info = siginfo_t()
        while waitid(P_PID, id_t(process.id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }
}
