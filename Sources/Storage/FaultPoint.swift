#if DEBUG
    internal import Glibc
    internal import Synchronization

    /// Places at which tests have a process die, as it would if the machine lost its power there: debug
    /// builds only, and each use stands in `#if DEBUG`, so that a release has no trace of it.
    ///
    /// With `SIGNET_FAULT_POINT=<name>:<n>` in its environment a process kills itself when it comes to that
    /// point for the n-th time.
    package enum FaultPoint: String, CaseIterable, Sendable {
        /// The store is open, and nothing was read from it yet.
        case storeOpened = "store-opened"
        /// Everything of a transaction is written but its end.
        case beforeCommit = "before-commit"
        /// It is committed, and nobody was told.
        case afterCommit = "after-commit"
        /// All were told.
        case afterAnswers = "after-answers"
        /// The log is about to be copied into the database, or just was.
        case beforeCheckpoint = "before-checkpoint"
        case afterCheckpoint = "after-checkpoint"
        /// Keys are due, and nothing about it is stored; a key was made ahead.
        case rotationDue = "rotation-due"
        case keyMadeAhead = "key-made-ahead"
        /// Changes of an app's signing keys are stored, and not in force here.
        case keysWritten = "keys-written"
        /// A realm's are.
        case realmKeysWritten = "realm-keys-written"
        /// A new app key is.
        case appKeyWritten = "app-key-written"
        /// A mail is due; the mail server has taken it; that is noted.
        case mailDue = "mail-due"
        case mailCarried = "mail-carried"
        case mailNoted = "mail-noted"
        /// Some of a backup is copied; all of it is on the disk, under another name; it has its name.
        case backupCopying = "backup-copying"
        case backupWhole = "backup-whole"
        case backupNamed = "backup-named"

        private static let armed: (point: FaultPoint, time: Int)? = {
            guard let text = getenv("SIGNET_FAULT_POINT") else { return nil }
            let parts = String(cString: text).split(separator: ":")
            guard parts.count == 2, let point = FaultPoint(rawValue: String(parts[0])),
                let time = Int(parts[1])
            else { preconditionFailure("SIGNET_FAULT_POINT is not a point's name:n") }
            return (point, time)
        }()
        private static let passed = Atomic<Int>(0)

        /// After how many pages of the log it is copied, from `SIGNET_FAULT_CHECKPOINT_PAGES`, so that
        /// tests need not write as much; nil when it does not say.
        static let checkpointPages: Int32? = getenv("SIGNET_FAULT_CHECKPOINT_PAGES").flatMap {
            Int32(String(cString: $0))
        }

        /// Called where the process is at this point. Any thread.
        package func pass() {
            guard let armed = Self.armed, armed.point == self,
                Self.passed.add(1, ordering: .relaxed).newValue == armed.time
            else { return }
            kill(getpid(), SIGKILL)
            // This thread goes no further, however long the signal takes.
            while true { pause() }
        }
    }
#endif
