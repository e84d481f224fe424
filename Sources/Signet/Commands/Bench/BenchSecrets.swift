internal import FoundationEssentials

/// The secrets of a running server that is measured, as the environment has them. An argument is seen by all users
/// of the machine (`ps`), the environment by the own one alone.
struct BenchSecrets {
    static let appKeyVariable = "SIGNET_BENCH_APP_KEY"
    static let passwordVariable = "SIGNET_BENCH_PASSWORD"

    private let variables: [String: String]

    init(_ variables: [String: String] = ProcessEnvironment.variables) {
        self.variables = variables
    }

    /// Nil when it is not set, or empty.
    var appKey: Secret? { secret(Self.appKeyVariable) }

    var password: Secret? { secret(Self.passwordVariable) }

    /// The app's key: what the flag says, else what the file holds, else the variable.
    func appKey(flag: String?, file: String?) throws(CommandFailure) -> Secret? {
        let name: String
        let key: Secret
        if let flag {
            (name, key) = ("--app-key", Secret(text: flag))
        } else if let file {
            name = "--app-key-file: \(file)"
            key = try read(file)
        } else if let appKey {
            (name, key) = (Self.appKeyVariable, appKey)
        } else {
            return nil
        }
        // It goes into a field of HTTP, and the server's keys are base64.
        guard !key.text.isEmpty, key.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure("\(name) holds no key of an app", status: .usage)
        }
        return key
    }

    /// What a file holds, without the line end that editors put there.
    private func read(_ path: String) throws(CommandFailure) -> Secret {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("--app-key-file: \(path) can't be read")
        }
        let text = String(decoding: data, as: UTF8.self)
        return Secret(text: String(text.prefix { !$0.isNewline }))
    }

    private func secret(_ name: String) -> Secret? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        return Secret(text: text)
    }
}
