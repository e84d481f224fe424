internal import Glibc
internal import SignetAuthority
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime

/// What commands that change something write to the audit log, beside a server that may run.
enum CommandAudit {
    /// Refuses to go on when what a command does could not be recorded and has to be.
    static func require(_ settings: Settings) throws {
        guard settings.audit.whenFull == .stop, case .file(let path) = settings.audit.file,
            let key = try key(settings)
        else { return }
        do {
            let file = try AuditLog.open(path, settings.audit, key) { WallClock.unixMilliseconds }
            try file.append([], dropped: 0)
        } catch let error as FileError {
            throw AuditLog.failure(settings.audit.file, error)
        }
    }

    /// Records what a command has done.
    ///
    /// - Parameter outcome: what came of it.
    static func record(
        _ settings: Settings, _ kind: AuditEvent.Kind, of target: AuditEvent.Target?,
        _ detail: String = "", outcome: AuditEvent.Outcome = .done
    ) throws {
        var event = AuditEvent(kind, in: .commandLine)
        event.outcome = outcome
        event.target = target
        event.detail = detail
        try record(settings, event)
    }

    /// Records what a command has done to a user.
    ///
    /// - Parameter outcome: what came of it.
    static func record(
        _ settings: Settings, _ kind: AuditEvent.Kind, of user: User,
        outcome: AuditEvent.Outcome = .done
    ) throws {
        var event = AuditEvent(kind, in: .commandLine)
        event.outcome = outcome
        event.target = .user(user.id)
        event.name = user.login
        try record(settings, event)
    }

    private static func record(_ settings: Settings, _ event: AuditEvent) throws {
        guard let key = try key(settings) else { return }
        var event = event
        event.actor = .machineUser(getuid())
        let now = { WallClock.unixMilliseconds }
        let line = event.line(at: now())
        do {
            switch settings.audit.file {
            case .off: return
            // Standard output is for results.
            case .standardOutput:
                let stream = try AuditStream(descriptor: 2, key: key, now: now)
                stream.take(line, dropped: 0)
                try stream.flush()
            case .file(let path):
                try AuditLog.open(path, settings.audit, key, now).append(line, dropped: 0)
            }
        } catch let error as FileError {
            throw CommandFailure(
                "it is done, but not recorded: the audit log \(settings.audit.file) can't be "
                    + "written: \(error)")
        } catch let error as CommandFailure {
            throw CommandFailure("it is done, but not recorded: \(error)")
        }
    }

    private static func key(_ settings: Settings) throws -> SecretBytes? {
        try AuditLog.key(settings.audit) { try OpenAuthority.masterKey(settings) }
    }
}
