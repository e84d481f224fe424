/// What `signet audit …` does.
enum AuditOperations {
    static func verify(
        _ settings: Settings, _ files: [String], isStream: Bool, json: Bool
    ) throws {
        ProcessRights.hide()
        var keyed = settings.audit
        // The key is the same wherever the log goes.
        if keyed.file == .off { keyed.file = .standardOutput }
        let key = try AuditLog.key(keyed) {
            // A key that is made now has chained nothing.
            try OpenAuthority.requireStore(settings.data)
            return try OpenAuthority.masterKey(settings)
        }
        guard let key else { return }
        let report = try AuditVerification.run(settings, files, isStream: isStream, key: key)
        let check = report.check
        let last = check.position?.number ?? 0
        guard !json else {
            Terminal.show(
                "{\"files\":\(report.files),\"lines\":\(check.lines),\"first\":\(check.first),"
                    + "\"last\":\(last),\"beginnings\":\(check.beginnings),"
                    + "\"torn\":\(check.torn),"
                    + "\"includes_end\":\(report.includesEnd)}")
            return
        }
        let files = report.files == 1 ? "1 file" : "\(report.files) files"
        Terminal.show(
            "\(check.lines) lines in \(files): all good, from line \(check.first) to \(last).")
        if check.torn > 0 {
            Terminal.show("Cut, and written once more or the last of a process: \(check.torn).")
        }
        if check.first > 1 {
            Terminal.show("What came before line \(check.first) was not checked.")
        }
        if !report.includesEnd {
            Terminal.show("Whether lines are missing behind line \(last) was not checked.")
        }
    }
}
