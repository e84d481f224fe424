internal import Glibc

/// The process: everything else is in types that tests can reach.
///
/// A type and not a `main.swift`, because top-level code runs on the main actor and C callbacks
/// that are written there trap on other threads.
@main
enum Program {
    static func main() {
        StandardStreams.open()
        exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
