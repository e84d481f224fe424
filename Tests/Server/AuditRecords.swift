import Foundation
import TestSupport
import Testing

/// The lines of an audit log, as a reader that knows only JSON sees them.
struct AuditRecords {
    /// Every line, in order.
    let all: [[String: Any]]

    /// Reads text in which every line must be an object.
    init(_ text: String) throws {
        all = try text.split(separator: "\n").map {
            let object = try JSONSerialization.jsonObject(with: Data($0.utf8))
            return try #require(object as? [String: Any], "\($0)")
        }
    }

    /// Reads a file.
    init(path: String) throws {
        try self.init(String(contentsOfFile: path, encoding: .utf8))
    }

    /// The events of a kind as "outcome realm actor".
    func told(_ event: String) -> [String] {
        of(event).map { record in
            ["outcome", "realm", "actor"].map { record[$0] as? String ?? "-" }
                .joined(separator: " ")
        }
    }

    func of(_ event: String) -> [[String: Any]] { all.filter { $0["event"] as? String == event } }

    /// One member of each event of a kind.
    func texts(_ name: String, of event: String) -> [String] {
        of(event).map { $0[name] as? String ?? "-" }
    }
}
