import TestSupport
import Testing

extension SignetProcess {
    /// Makes an active user by the command line, beside the server.
    ///
    /// - Parameter email: what stands before the at sign of the login, at example.org, unless given.
    func createUser(
        _ login: String, email: String? = nil, password: String = "secret-word"
    ) throws {
        let email = email ?? "\(login.prefix { $0 != "@" })@example.org"
        let outcome = try Signet.run(
            ["user", "create", login, "--email", email, "--password-stdin", "--data", data],
            input: password, in: folder)
        try #require(outcome.ending == .exited(0), "\(outcome.errors)")
    }
}
