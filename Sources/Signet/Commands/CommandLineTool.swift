internal import ArgumentParser

/// Runs a command line and turns whatever goes wrong into one line and an exit status.
enum CommandLineTool {
    /// `arguments` are those after the program's name.
    static func run(_ arguments: [String]) -> ExitStatus {
        do {
            var command = try SignetCommand.parseAsRoot(arguments)
            try command.run()
            return .success
        } catch let failure as CommandFailure {
            Terminal.complain(failure.description)
            return failure.status
        } catch let error as SettingsError {
            Terminal.complain(error.description)
            return .configuration
        } catch {
            return answer(error)
        }
    }

    /// Help, version and usage errors come from the argument parser as errors; so may others.
    private static func answer(_ error: any Error) -> ExitStatus {
        let text = SignetCommand.fullMessage(for: error)
        switch SignetCommand.exitCode(for: error) {
        case .success:
            Terminal.show(text)
            return .success
        case .validationFailure:
            Terminal.complain(usage(text, message: SignetCommand.message(for: error)))
            return .usage
        default:
            Terminal.complain("\(error)")
            return .failure
        }
    }

    /// One line: the parser lists the values that it knows one below the other.
    private static func joined(_ message: String) -> String {
        let lines = message.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "-" } }
        let list = lines.dropFirst().joined(separator: ", ")
        let sentence = list.isEmpty ? message : "\(lines[0]) \(list)"
        return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    /// The parser's first line, and its pointer to the help of the command that was meant.
    private static func usage(_ text: String, message: String) -> String {
        let pointer = text.split(separator: "\n").last { $0.contains("--help") }
        guard let start = pointer?.firstRange(of: "'signet")?.lowerBound,
            let help = pointer?[start...].dropFirst().prefix(while: { $0 != "'" })
        else { return message }
        let sentence = joined(message)
        return sentence + (sentence.hasSuffix("?") ? " See " : "; see ") + help
    }
}
