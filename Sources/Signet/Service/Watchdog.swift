internal import SignetRuntime
internal import Synchronization

/// Gives the service manager signs of life as long as every loop takes its turn.
///
/// Ten times in the time that the manager waits, the control loop looks whether all loops have answered its last call, and
/// only then gives a sign and calls them again. So a loop that hangs, be it the control loop, is missed, and the manager
/// restarts the server: after nine tenths of that time at the earliest, eleven at the latest. A disk that hangs is not:
/// `/health/ready` tells of that, and a restart would not help.
///
/// An actor on the control loop.
actor Watchdog {
    /// How often it looks in the time that the manager waits.
    private static let looks: UInt64 = 10

    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let manager: NotifySocket
    private let watched: [EventLoop]
    /// The time between two looks.
    nonisolated let intervalMilliseconds: UInt64
    /// Loops that have answered the last call.
    private let answers: Atomic<Int>
    private let timer: RepeatingTimer

    /// Nil when `manager` has no watchdog.
    init?(_ manager: NotifySocket, over watched: [EventLoop], on eventLoop: EventLoop) {
        guard let microseconds = manager.watchdogMicroseconds else { return nil }
        self.manager = manager
        self.watched = watched
        self.eventLoop = eventLoop
        intervalMilliseconds = max(1, microseconds / 1000 / Self.looks)
        timer = RepeatingTimer(on: eventLoop, everyMilliseconds: intervalMilliseconds)
        answers = Atomic(watched.count)
    }

    /// Begins.
    nonisolated func start() {
        timer.start { self.assumeIsolated { $0.look() } }
    }

    /// Gives no further sign. The manager expects none from a server that is stopping.
    nonisolated func stop() {
        eventLoop.submit { self.timer.stop() }
    }

    /// Gives a sign if all loops have answered, and calls them again.
    func look() {
        guard answers.load(ordering: .acquiring) == watched.count else { return }
        manager.alive()
        answers.store(0, ordering: .relaxed)
        for eventLoop in watched {
            eventLoop.submit { self.answers.add(1, ordering: .releasing) }
        }
    }
}
