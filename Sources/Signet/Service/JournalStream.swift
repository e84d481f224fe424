internal import Glibc

/// Whether an output goes to the journal, which keeps what is written and shows it to others (systemd.exec(5)).
enum JournalStream {
    /// - Parameter environment: has `JOURNAL_STREAM`, the device and the inode of what systemd gave the process as its output. That may have
    ///   been replaced since.
    static func carries(
        _ stream: Terminal.Stream, _ environment: [String: String] = ProcessEnvironment.variables
    ) -> Bool {
        guard let journal = environment["JOURNAL_STREAM"] else { return false }
        var facts = stat()
        return fstat(stream.rawValue, &facts) == 0
            && journal == "\(facts.st_dev):\(facts.st_ino)"
    }
}
