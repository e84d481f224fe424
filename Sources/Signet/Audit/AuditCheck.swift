internal import SignetCrypto

/// Checks the chain of an audit log, line by line. A value: it reads no files.
struct AuditCheck {
    /// What is wrong, and in which line of a file.
    struct Fault: Error, Equatable {
        /// From 1 on, in the file.
        let line: Int
        let text: String
    }

    private let chain: LineChain
    /// Whether lines of others are passed over, and a first line may come at any time: the standard output of a server.
    private let isStream: Bool
    /// Where the chain is; nil before the first line.
    private(set) var position: AuditLine.Position?
    private(set) var first: Int64 = 0
    private(set) var lines = 0
    /// How often a chain began with line 1.
    private(set) var beginnings = 0
    /// Lines of a stream that were cut, and followed by what they should have been.
    private(set) var torn = 0
    /// A line of a stream that begins as one of ours and is none: cut, or changed. The chain says which.
    private var broken: Fault?

    init(key: SecretBytes, isStream: Bool) throws {
        chain = try LineChain(key: key)
        self.isStream = isStream
    }

    /// Checks the next line, which has no line feed.
    mutating func check(_ line: ArraySlice<UInt8>, number: Int) throws(Fault) {
        guard let found = AuditLine(line) else {
            let fault = Fault(line: number, text: "is no line of an audit log")
            guard isStream else { throw fault }
            // What was lost with it is missing in what follows.
            if line.starts(with: AuditLine.head) {
                broken = fault
                torn += 1
            }
            return
        }
        let n = found.position.number
        let isBeginning = n == 1 && (isStream || position == nil)
        if let last = position?.number, !isBeginning, n != last + 1 {
            throw Fault(line: number, text: Self.gap(last, n))
        }
        let before = isBeginning ? nil : position?.mac
        guard let previous = before ?? AuditLine.previous(in: line) else {
            throw Fault(
                line: number,
                text:
                    "is line \(n) of the log and not the first of a file: what comes before it is missing"
            )
        }
        let signed = Array(line.prefix(found.signedCount))
        let mac = signed.withUnsafeBytes { chain.mac(of: $0, after: previous) }
        guard constantTimeEqual(mac, found.position.mac) else {
            throw Fault(
                line: number,
                text: "(line \(n) of the log) was changed, or is not of this key and place")
        }
        broken = nil
        if isBeginning { beginnings += 1 }
        if position == nil { first = n }
        position = found.position
        lines += 1
    }

    /// To be called after the last line: one that nothing follows may have been cut or changed.
    func end() throws(Fault) {
        if let broken { throw broken }
    }

    private static func gap(_ last: Int64, _ next: Int64) -> String {
        if next <= last { return "is line \(next) of the log once more, or out of order" }
        let missing = next - last - 1
        return missing == 1
            ? "follows a missing one: line \(last + 1) of the log"
            : "follows missing ones: lines \(last + 1) to \(next - 1) of the log"
    }
}
