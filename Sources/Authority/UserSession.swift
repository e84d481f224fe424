package import SignetCrypto
internal import SignetStorage

/// A session of a user, or of an app that signed in by its key, as it was read from the store.
package struct UserSession: Sendable {
    package typealias ID = UUID4

    package let id: ID
    /// The id as its text.
    package var idText: [UInt8] { id.text }
    /// Unix milliseconds.
    package var created: Int64 { row.created }
    /// Where it was begun from, without the port, and by what. Either may be empty.
    package var address: String { row.address }
    package var userAgent: String { row.userAgent }
    /// The Unix second from which on it is over; nil for never.
    package let expires: Int64?
    /// How many seconds a token of it may live that is taken for good by who does not ask the store: its end
    /// is remembered for longer.
    var tokenLife: Int64 { row.tokenLife - UserSessions.marginSeconds }
    /// The id of the user that it speaks for; nil for an app that speaks for itself.
    package let user: Int64?
    /// The number of the app that signed in by its key; nil when the user did.
    package let app: Int64?
    let row: UserSessionRow

    /// The id with this text, in any letter case; nil when it is none.
    package static func id(_ text: UnsafeRawBufferPointer) -> ID? { UUID4(text) }

    init(_ row: UserSessionRow) {
        self.row = row
        id = UUID4(row.id)
        expires = row.expires == UserSessionRow.never ? nil : row.expires
        user = row.user
        app = row.app
    }
}

extension UUID4 {
    /// The id of a row.
    init(_ id: RowID) {
        self.init(high: id.high, low: id.low)
    }

    /// The id as rows keep it.
    var rowID: RowID { RowID(high: high, low: low) }
}
