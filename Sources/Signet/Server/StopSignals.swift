internal import Glibc

/// SIGTERM, SIGINT and, for a server, SIGHUP, which the main thread waits for.
enum StopSignals {
    /// What a signal asks for.
    enum Wish: Equatable {
        /// To end. The name of the signal.
        case stop(String)
        /// To read the settings again.
        case reload
    }

    /// Keeps them from ending the process. Before any thread starts: threads inherit it.
    ///
    /// - Parameter reloads: whether SIGHUP is one of them. Otherwise it ends the process.
    static func block(reloads: Bool = false) {
        // A peer that is gone is an error of the write, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        var signals = set(reloads: reloads)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Sleeps until SIGTERM or SIGINT comes, and returns its name.
    static func wait() -> String {
        var signals = set(reloads: false)
        var received: Int32 = 0
        sigwait(&signals, &received)
        return received == SIGINT ? "SIGINT" : "SIGTERM"
    }

    /// Sleeps until one of the three comes. SIGHUP means the end when the terminal is gone that the process was
    /// started at, as it does to other programs.
    static func waitForWish(hadTerminal: Bool) -> Wish {
        var signals = set(reloads: true)
        var received: Int32 = 0
        sigwait(&signals, &received)
        switch received {
        case SIGHUP: return hadTerminal && !hasTerminal ? .stop("SIGHUP") : .reload
        case SIGINT: return .stop("SIGINT")
        default: return .stop("SIGTERM")
        }
    }

    /// Whether standard input is a terminal that is there.
    static var hasTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    private static func set(reloads: Bool) -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        if reloads { sigaddset(&signals, SIGHUP) }
        return signals
    }
}
