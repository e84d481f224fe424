internal import SignetAuthority

/// The root key of a server at its start.
enum RootKey {
    /// Characters of a root key.
    private static let length = 128

    /// Takes `SIGNET_ROOT_KEY`, or makes a key when the store has none: then returns it, to be shown.
    static func prepare(_ authority: Authority, _ settings: Settings) throws -> String? {
        if let given = settings.rootKey?.text {
            let key = Array(given.utf8)
            guard key.count == length else {
                throw CommandFailure(
                    "SIGNET_ROOT_KEY has \(key.count) characters; a root key has \(length)",
                    status: .configuration)
            }
            try Blocking.run { try await authority.apps.setRootKey(key) }
            return nil
        }
        guard !authority.hasRootKey else { return nil }
        let key = try Blocking.run { try await authority.apps.rotateRootKey() }
        return String(decoding: key, as: UTF8.self)
    }
}
