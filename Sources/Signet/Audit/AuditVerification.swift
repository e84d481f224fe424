internal import Glibc
internal import SignetCrypto
internal import SignetRuntime

/// `signet audit verify`: the files of a log, checked together.
enum AuditVerification {
    /// What was found good.
    struct Report {
        let files: Int
        let check: AuditCheck
        /// Whether nothing is missing behind the last line.
        let includesEnd: Bool
    }

    /// Checks the files of a log, in the order of their first lines.
    ///
    /// - Parameters:
    ///   - paths: empty for the whole log of the settings.
    ///   - isStream: whether they hold what a server wrote to standard output.
    static func run(
        _ settings: Settings, _ paths: [String], isStream: Bool, key: SecretBytes
    ) throws -> Report {
        var own: String?
        // What was captured has no head, wherever the log goes now.
        if case .file(let path) = settings.audit.file, !isStream { own = path }
        if !paths.isEmpty, !isStream {
            // Files of another log than the settings': its newest has its head beside it.
            let newest = paths.first { access("\($0).head", F_OK) == 0 }
            if let newest { own = newest }
        }
        if paths.isEmpty {
            guard own != nil else {
                throw CommandFailure(
                    "there is no file to verify; name some, or set audit.file", status: .usage)
            }
        }
        let log = try open(paths, own, key)
        var files: [(file: AuditLogFile, first: Int64)] = []
        for file in log.files { files.append((file, try file.firstNumber())) }
        files.sort { $0.first < $1.first }
        var check = try AuditCheck(key: key, isStream: isStream)
        for (file, _) in files {
            do {
                try file.forEachLine { line, number in try check.check(line, number: number) }
                if file === files.last?.file { try check.end() }
            } catch let fault as AuditCheck.Fault {
                throw CommandFailure("\(file.path): line \(fault.line) \(fault.text)")
            }
        }
        let includesEnd = log.files.contains { $0.isNewest }
        if includesEnd, let own { try requireEnd(log.head, check.position, of: own) }
        return Report(files: files.count, check: check, includesEnd: includesEnd)
    }

    /// Opens the files of a log, all as they are at one moment: a server may append, begin another file and remove the
    /// oldest as soon as this returns.
    ///
    /// - Parameters:
    ///   - paths: empty for all of `own`.
    ///   - own: the newest file of the log, if one with a head is known.
    private static func open(
        _ paths: [String], _ own: String?, _ key: SecretBytes
    ) throws -> (files: [AuditLogFile], head: AuditHead.Value?) {
        // Each file is open until it was read.
        _ = DescriptorLimit.raise()
        guard let own else { return (try paths.map { try AuditLogFile($0, newest: nil) }, nil) }
        let opened = {
            try (paths.isEmpty ? AuditFile.rotated(own) + [own] : paths).map {
                try AuditLogFile($0, newest: own)
            }
        }
        let chain = try LineChain(key: key)
        let head: AuditHead
        do throws(FileError) {
            head = try AuditHead(of: own, chain, mustExist: true)
        } catch {
            guard error.code != ENOENT else { return (try opened(), nil) }
            throw CommandFailure("\(own).head can't be read: \(error)")
        }
        let (files, value) = try head.withLock { () throws(FileError) in
            (Result { try opened() }, try head.read())
        }
        return (try files.get(), value)
    }

    private static func requireEnd(
        _ head: AuditHead.Value?, _ last: AuditLine.Position?, of path: String
    ) throws(CommandFailure) {
        guard let head else {
            throw CommandFailure(
                "\(path).head is missing or not of this key: whether the end of the log is there can't be told"
            )
        }
        let (last, expected) = (last?.number ?? 0, head.position)
        guard last < expected.number else {
            return
        }
        throw CommandFailure(
            "\(path): the end is missing: lines \(last + 1) to \(expected.number) of the log")
    }
}
