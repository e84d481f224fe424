internal import Logging
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime

/// The logs of a server that tell of single requests.
struct ServerLogs: Sendable {
    /// Nil when none is kept.
    let audit: AuditLog?
    let access: AccessLog?

    /// Opens them and begins to write.
    init(_ settings: Settings, auditKey: SecretBytes?) throws {
        audit = try AuditLog(
            settings.audit, key: auditKey, log: Logger(label: "signet.audit"))
        do {
            access = try settings.log.access.interval.map { _ in try AccessLog() }
        } catch {
            audit?.close()
            throw error
        }
    }

    /// What the dialects are told of the access log.
    func accessTerms(_ settings: Settings.Log) -> AccessTerms? {
        guard let access, let interval = settings.access.interval else { return nil }
        return AccessTerms(access, interval: interval, isJSON: settings.format == .json)
    }

    /// Writes what is left, and ends them.
    ///
    /// - Returns: how many lines of the audit log are lost.
    @discardableResult
    func close() -> Int {
        access?.close()
        return audit?.close() ?? 0
    }
}
