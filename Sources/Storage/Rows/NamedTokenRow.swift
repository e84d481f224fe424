/// A named token as it is stored; the token itself is not. Times are Unix seconds.
package struct NamedTokenRow: Sendable, Equatable {
    /// The id that clients know: the bits of a UUID.
    package var id: RowID
    /// The id of the user that it belongs to, who must exist.
    package var user: Int64
    /// What its user calls it; no two of a user's are called alike, letter for letter.
    package var description: String
    /// When it was issued.
    package var issued: Int64
    /// From when on it is refused. The row stays until it is deleted.
    package var expires: Int64

    /// Makes a row out of all its columns.
    package init(id: RowID, user: Int64, description: String, issued: Int64, expires: Int64) {
        self.id = id
        self.user = user
        self.description = description
        self.issued = issued
        self.expires = expires
    }
}
