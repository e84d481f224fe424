internal import SignetCrypto
internal import SignetStorage

/// Checks the keys that callers show, for one loop. Not `Sendable`: it keeps readers and a buffer.
///
/// Keys are compared as SHA-256 hashes in constant time; an unknown app costs as much as a wrong
/// key.
package final class Credentials {
    /// What became of a caller of an app's route.
    package enum AppAccess {
        case granted(App)
        /// The path does not hold a ULID.
        case malformedID
        /// The key is not that app's, or there is no such app.
        case denied
    }

    private var digest = [UInt8](repeating: 0, count: SHA256Digest.length)
    private var apps: Snapshot<AppDirectory>.Reader
    private var rootKeyHash: Snapshot<[UInt8]>.Reader
    private let nobody = [UInt8](repeating: 0, count: SHA256Digest.length)

    package init(_ apps: Apps) {
        self.apps = Snapshot.Reader(apps.directory)
        rootKeyHash = Snapshot.Reader(apps.rootKeyHash)
    }

    /// The apps as of now.
    package var directory: AppDirectory { apps.read() }

    /// Another number whenever an app was made, changed or deleted: who was let in before may have been
    /// for the last time.
    package var generation: Int { apps.newestVersion }

    /// Decides on a caller who shows `key` for the app that the path names by `idText`.
    package func access(
        appID idText: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) -> AppAccess {
        let app: App?
        switch IDText(idText) {
        case .id(let id): app = apps.read().app(id)
        case .unused: app = nil
        case .malformed: return .malformedID
        }
        guard matches(key, app?.keyHash ?? nobody), let app else { return .denied }
        return .granted(app)
    }

    /// Whether `key` is the root key.
    package func isRootKey(_ key: UnsafeRawBufferPointer) -> Bool {
        let expected = rootKeyHash.read()
        return matches(key, expected.isEmpty ? nobody : expected) && !expected.isEmpty
    }

    private func matches(_ key: UnsafeRawBufferPointer, _ expected: [UInt8]) -> Bool {
        digest.withUnsafeMutableBufferPointer { output in
            guard let start = output.baseAddress else { return false }
            SHA256Digest.digest(key, into: start)
            return expected.withUnsafeBytes {
                constantTimeEqual(UnsafeRawBufferPointer(output), $0)
            }
        }
    }
}
