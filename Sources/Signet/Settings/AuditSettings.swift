extension Settings {
    /// The log of security events.
    struct Audit: Sendable, Equatable {
        var file = AuditOutput.off
        /// The size at which another file is begun.
        var rotateBytes = 64 << 20
        /// Earlier files; 0 for all.
        var keep = 16
        var whenFull = AuditWhenFull.drop
        /// What the lines are chained with: 32 bytes as base64. Made from the master key unless set.
        var key: Secret?
    }
}

/// Where the lines of the audit log go.
enum AuditOutput: Sendable, Equatable, CustomStringConvertible {
    case off
    case standardOutput
    /// A file, relative to the working directory or absolute.
    case file(String)

    var description: String {
        switch self {
        case .off: "off"
        case .standardOutput: "stdout"
        case .file(let path): path
        }
    }
}

/// What happens while the audit log can't be written.
enum AuditWhenFull: String, Sendable, CaseIterable {
    /// What would be recorded is refused.
    case stop
    /// Lines are lost, and counted.
    case drop
}

extension SettingType where Value == AuditOutput {
    /// `off`, `stdout` or a path.
    static let auditOutput = SettingType(
        accepts: "off, stdout or the path of a file",
        parse: { text in
            switch text {
            case "off": return .off
            case "stdout": return .standardOutput
            default:
                let isPath = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
                return isPath ? .file(text) : nil
            }
        },
        text: { $0.description })
}
