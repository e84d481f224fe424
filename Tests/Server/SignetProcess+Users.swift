import TestSupport
import Testing

extension SignetProcess {
    /// Makes an active user by the command line, beside the server.
    ///
    /// - Parameters:
    ///   - email: what stands before the at sign of the login, at example.org, unless given.
    ///   - further: arguments of the command.
    func createUser(
        _ login: String, email: String? = nil, password: String = "secret-word",
        _ further: [String] = []
    ) throws {
        let email = email ?? "\(login.prefix { $0 != "@" })@example.org"
        let outcome = try Signet.run(
            ["user", "create", login, "--email", email, "--password-stdin", "--data", data]
                + further,
            input: password, in: folder)
        try #require(outcome.ending == .exited(0), "\(outcome.errors)")
    }
}
