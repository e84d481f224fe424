internal import SignetAuthority

/// The root key of a server at its start.
enum RootKey {
    /// Takes `SIGNET_ROOT_KEY`, or makes a key when the store has none: then returns it, to be shown.
    static func prepare(_ authority: Authority, _ settings: Settings) throws -> String? {
        if let given = settings.rootKey?.text {
            // The settings have checked its length.
            try Blocking.run { try await authority.apps.setRootKey(Array(given.utf8)) }
            return nil
        }
        guard !authority.hasRootKey else { return nil }
        let key = try Blocking.run { try await authority.apps.rotateRootKey() }
        return String(decoding: key, as: UTF8.self)
    }
}
