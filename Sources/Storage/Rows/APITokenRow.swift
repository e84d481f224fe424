/// An API token as it is stored; neither the token nor a hash of it is: a key makes it anew
/// (docs/decisions/0018-api-tokens.md).
package struct APITokenRow: Sendable, Equatable {
    /// What `expires` says of a token that never does.
    package static let never = Int64.max

    /// What it is made from: the bits of a UUID.
    package var id: RowID
    /// The id of the user that it belongs to, who must exist.
    package var user: Int64
    /// The number of the key that it is made with.
    package var key: Int64
    /// Whether it is the one that its user is shown at each sign-in. No two of a user's are.
    package var isMain: Bool
    /// When it was made, and when it was last changed, in Unix milliseconds.
    package var created: Int64
    package var updated: Int64
    /// The Unix second from which on it is refused, or `never`. The row stays until it is deleted.
    package var expires: Int64
    /// What its bearer may do, a bit for each permission. The store does not know which.
    package var permissions: Int64
    /// What else bounds its bearer, in the words of its user, in lines.
    package var restrictions: String

    /// Makes a row out of all its columns.
    package init(
        id: RowID, user: Int64, key: Int64, isMain: Bool, created: Int64, updated: Int64,
        expires: Int64, permissions: Int64, restrictions: String
    ) {
        self.id = id
        self.user = user
        self.key = key
        self.isMain = isMain
        self.created = created
        self.updated = updated
        self.expires = expires
        self.permissions = permissions
        self.restrictions = restrictions
    }
}
