internal import Foundation

/// A program that a test runs. It is killed, if it still runs, when it is let go.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// Why a program could not be run to its end.
    package enum Failure: Error, CustomStringConvertible {
        /// It is not on the `PATH`.
        case notInstalled(String)
        /// What was waited for did not happen in time.
        case tooSlow(String)

        package var description: String {
            switch self {
            case .notInstalled(let name):
                "\(name) is not installed; 'scripts/setup test' installs what the tests need"
            case .tooSlow(let what): what
            }
        }
    }

    private struct Output {
        var bytes = Data()
        var isAtEnd = false
    }

    /// Held while a program is started: another that is started meanwhile would have its pipes open as well, and for
    /// as long as it runs.
    private static let starting = NSLock()

    private let process = Process()
    private let output = Watched(Output())
    private let errors = Watched(Output())
    private let ending = Watched<Ending?>(nil)

    /// Starts `executable` in `folder` with no more than `environment` around it. Its standard input
    /// is `input`, or nothing.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String],
        input: String? = nil, in folder: String
    ) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        Self.starting.lock()
        defer { Self.starting.unlock() }
        // At most what a pipe holds before anybody reads it: 64 KiB.
        let typed = input.map { _ in Pipe() }
        process.standardInput = typed ?? FileHandle.nullDevice
        process.standardOutput = Self.pipe(into: output)
        process.standardError = Self.pipe(into: errors)
        process.terminationHandler = { [ending] process in
            let status = process.terminationStatus
            let wasKilled = process.terminationReason == .uncaughtSignal
            ending.update { $0 = wasKilled ? .killed(signal: status) : .exited(status) }
        }
        try process.run()
        if let typed, let input {
            try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try typed.fileHandleForWriting.close()
        }
    }

    deinit {
        // Without an id it was never started, and a signal to 0 would go to ourselves.
        if id > 0, ending.current == nil {
            signal(SIGKILL)
            _ = ending.wait(atMostSeconds: 10) { $0 != nil }
        }
    }

    /// Runs `body`, which starts a program in another way, while none is started here.
    package static func alone<Result>(_ body: () throws -> Result) rethrows -> Result {
        try starting.withLock(body)
    }

    /// The program `name` of the `PATH`.
    package static func find(_ name: String) throws -> String {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in folders.split(separator: ":") {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Failure.notInstalled(name)
    }

    /// The process id.
    package var id: Int32 { process.processIdentifier }

    /// What it has written to its standard output so far.
    package var outputText: String { String(decoding: output.current.bytes, as: UTF8.self) }

    /// What it has written to its standard error so far.
    package var errorText: String { String(decoding: errors.current.bytes, as: UTF8.self) }

    /// Sends it a signal, unless it has ended: its id may be somebody else's by then.
    package func signal(_ number: Int32) {
        if ending.current == nil { kill(id, number) }
    }

    /// Waits for `text` in its standard output, and returns the whole output; nil if the program
    /// ends or `seconds` pass without it.
    package func waitForOutput(_ text: String, atMostSeconds seconds: Double = 60) -> String? {
        Self.wait(for: text, in: output, seconds)
    }

    /// Waits for `text` in its standard error, like `waitForOutput`.
    package func waitForErrors(_ text: String, atMostSeconds seconds: Double = 60) -> String? {
        Self.wait(for: text, in: errors, seconds)
    }

    /// Waits for its end and for the last of its output.
    package func waitForEnd(atMostSeconds seconds: Double = 60) throws -> Ending {
        guard let end = ending.wait(atMostSeconds: seconds, until: { $0 != nil }), let end,
            output.wait(atMostSeconds: seconds, until: \.isAtEnd) != nil,
            errors.wait(atMostSeconds: seconds, until: \.isAtEnd) != nil
        else {
            throw Failure.tooSlow("it did not end within \(seconds) s:\n\(outputText)\(errorText)")
        }
        return end
    }

    private static func pipe(into output: Watched<Output>) -> Pipe {
        let pipe = Pipe()
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread {
            while true {
                let bytes = handle.availableData
                output.update {
                    $0.bytes.append(bytes)
                    $0.isAtEnd = bytes.isEmpty
                }
                if bytes.isEmpty { return }
            }
        }
        return pipe
    }

    private static func wait(
        for text: String, in output: Watched<Output>, _ seconds: Double
    ) -> String? {
        let wanted = Data(text.utf8)
        let found = output.wait(atMostSeconds: seconds) {
            $0.isAtEnd || $0.bytes.range(of: wanted) != nil
        }
        guard let bytes = found?.bytes, bytes.range(of: wanted) != nil else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
