internal import Logging
internal import SignetAuthority
internal import SignetRuntime

/// Has the mails that wait sent, on the control loop, until it is stopped.
///
/// An actor on the loop, as `ChangeFollower` is, for the same reason.
actor Mailer {
    /// How often it is looked what is due.
    private static let intervalMilliseconds: UInt64 = 1000

    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let queue: MailQueue
    private let timer: RepeatingTimer

    init(_ queue: MailQueue, on eventLoop: EventLoop) {
        self.queue = queue
        self.eventLoop = eventLoop
        timer = RepeatingTimer(on: eventLoop, everyMilliseconds: Self.intervalMilliseconds)
    }

    /// Begins.
    nonisolated func start() {
        timer.start { self.assumeIsolated { $0.send() } }
    }

    /// Ends; what is under way may still end.
    func stop() {
        timer.stop()
    }

    /// Tells what became of a mail: by the user's id, since addresses are nobody's business.
    static func log(_ news: MailQueue.News, _ log: Logger) {
        switch news {
        case .sent(let user): log.info("mail sent", metadata: ["user": "\(user)"])
        case .failed(let user, let attempts, let reason):
            log.warning(
                "a mail could not be sent and will be tried again",
                metadata: [
                    "user": "\(user)", "attempts": "\(attempts)", "reason": "\(reason)",
                ])
        case .givenUp(let user, let reason):
            log.error(
                "a mail was given up", metadata: ["user": "\(user)", "reason": "\(reason)"])
        case .storeUnavailable: log.error("the store did not take in what became of mails")
        }
    }

    private func send() {
        Task(executorPreference: eventLoop) { [queue] in
            await queue.sendDue { WallClock.unixMilliseconds }
        }
    }
}
