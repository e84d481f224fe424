internal import SignetAuthority

/// The root key of a server at its start.
struct RootKey {
    /// One that was made since the store had none, to be shown.
    let made: String?
    /// Whether it is another one than the server had before.
    let isNew: Bool

    /// Takes `SIGNET_ROOT_KEY`, or makes a key when the store has none.
    init(_ authority: Authority, _ settings: Settings) throws {
        if let given = settings.rootKey?.text {
            made = nil
            // The settings have checked its length.
            isNew = try Blocking.run { try await authority.apps.setRootKey(Array(given.utf8)) }
        } else if authority.hasRootKey {
            (made, isNew) = (nil, false)
        } else {
            let key = try Blocking.run { try await authority.apps.rotateRootKey() }
            (made, isNew) = (String(decoding: key, as: UTF8.self), true)
        }
    }
}
