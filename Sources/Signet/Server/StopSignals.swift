internal import Glibc

/// SIGTERM and SIGINT, which the main thread waits for.
enum StopSignals {
    /// Keeps both from ending the process. Before any thread starts: threads inherit it.
    static func block() {
        // A peer that is gone is an error of the write, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        var signals = set
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Sleeps until one of them comes, and returns its name.
    static func wait() -> String {
        var signals = set
        var received: Int32 = 0
        sigwait(&signals, &received)
        return received == SIGINT ? "SIGINT" : "SIGTERM"
    }

    private static var set: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }
}
