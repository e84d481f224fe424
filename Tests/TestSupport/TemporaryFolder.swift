package import Foundation

/// A folder of one test's own, which is removed with all that is in it when it is let go.
package final class TemporaryFolder: Sendable {
    /// Where it is.
    package let url: URL

    /// Makes an empty folder.
    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "signet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Its path, or that of a file in it.
    package func path(_ name: String = "") -> String {
        name.isEmpty ? url.path : url.appending(path: name).path
    }

    /// Writes `text` to the file `name` in it, and returns the file's path.
    package func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name))
        return path(name)
    }
}
