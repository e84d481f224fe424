internal import Glibc

/// The variables by which a service manager speaks to a process that it starts (sd_notify(3), sd_listen_fds(3)).
enum ServiceEnvironment {
    private static let names = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
        "LISTEN_FDNAMES",
    ]

    /// Takes them out of the environment, so that nothing that the process starts thinks them its own. Before any
    /// thread starts, once.
    static func take() -> [String: String] {
        let variables = ProcessEnvironment.variables.filter { names.contains($0.key) }
        for name in variables.keys { unsetenv(name) }
        return variables
    }
}
