/// What the last renewal of a session left behind: enough to tell a repeated use of the replaced
/// refresh token from a stolen one, and to answer it.
package struct SessionRenewal: Sendable, Equatable {
    /// The tag that was replaced.
    package var previousTag: UInt64
    /// When, in Unix milliseconds.
    package var at: Int64
    /// The Unix second from which on no replaced token of the session is valid anyway.
    package var replacedExpires: Int64
    /// What the caller needs to make the successor once more, byte for byte, beside the other
    /// columns. The store does not look into it.
    package var successor: [UInt8]

    /// Makes a renewal out of all its columns.
    package init(previousTag: UInt64, at: Int64, replacedExpires: Int64, successor: [UInt8]) {
        self.previousTag = previousTag
        self.at = at
        self.replacedExpires = replacedExpires
        self.successor = successor
    }
}

/// A session that was renewed: of its tokens only those with the current tag are alive.
package struct RenewedSession: Sendable, Equatable {
    package let id: Int64
    /// The current tag.
    package let tag: UInt64
    /// The Unix second from which on no replaced token is valid anyway.
    package let replacedExpires: Int64

    package init(id: Int64, tag: UInt64, replacedExpires: Int64) {
        self.id = id
        self.tag = tag
        self.replacedExpires = replacedExpires
    }
}
