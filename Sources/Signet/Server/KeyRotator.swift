internal import Logging
internal import SignetAuthority
internal import SignetHandlers
internal import SignetRuntime

/// Has the signing keys of the apps live their lives, on the control loop, until it is stopped. Only a
/// server has one: a command that works beside it leaves it alone.
///
/// An actor on the loop, as `ChangeFollower` is, for the same reason.
actor KeyRotator {
    /// How often it is looked what is due.
    private static let intervalMilliseconds: UInt64 = 1000

    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let apps: Apps
    private let log: Logger
    private let audit: AuditLog?
    private let timer: RepeatingTimer
    private var hasFailed = false

    init(_ apps: Apps, on eventLoop: EventLoop, log: Logger, audit: AuditLog?) {
        self.apps = apps
        self.eventLoop = eventLoop
        timer = RepeatingTimer(on: eventLoop, everyMilliseconds: Self.intervalMilliseconds)
        self.log = log
        self.audit = audit
    }

    /// Begins.
    nonisolated func start() {
        timer.start { self.assumeIsolated { $0.rotate() } }
    }

    /// Ends; what is under way may still end.
    func stop() {
        timer.stop()
    }

    private func rotate() {
        Task(executorPreference: eventLoop) { await self.rotateOnce() }
    }

    private func rotateOnce() async {
        do throws(AuthorityError) {
            for news in try await apps.rotateDueKeys(at: WallClock.unixMilliseconds) {
                log.info(
                    "key \(news.event.rawValue)",
                    metadata: ["app": "\(news.appID)", "key": "\(news.keyID)"])
                var event = AuditEvent(.keyRotated, in: .server)
                event.actor = .server
                event.target = .key("\(news.keyID)")
                event.detail = news.event.rawValue
                audit?.record(event, at: WallClock.unixMilliseconds)
            }
            hasFailed = false
        } catch {
            // Once a second is too often to say it, and at the end the store is closed.
            if !hasFailed && timer.isRunning {
                log.error("keys can't be rotated: \(error)")
            }
            hasFailed = true
        }
    }
}
