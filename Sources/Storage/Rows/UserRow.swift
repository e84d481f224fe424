/// Whether a user may do anything. The numbers are stored: add, never renumber.
package enum UserStatus: Int64, Sendable, CaseIterable {
    /// Known by an address only.
    case anonymous = 0
    /// Signed up; the address is not verified yet.
    case pending = 1
    case active = 2
    /// Locked out by an administrator.
    case suspended = 3
}

/// What a user is to the others. The numbers are stored: add, never renumber.
package enum UserRole: Int64, Sendable, CaseIterable {
    case root = 0
    case admin = 1
    case user = 2
    /// One of a parent's.
    case sub = 3
}

/// A user as it is stored. Times are Unix milliseconds.
package struct UserRow: Sendable, Equatable {
    /// Positive, and never used again once deleted.
    package var id: Int64
    /// What the user signs in with. No other's, whatever the case of its ASCII letters.
    package var login: String
    /// The address. No other's, whatever the case of its ASCII letters.
    package var email: String
    /// What the user is called; may be empty.
    package var name: String
    package var status: UserStatus
    package var role: UserRole
    /// The id of the user that this is a sub user of, which can't be deleted before.
    package var parent: Int64?
    /// The PHC string of the password; nil for a user without one.
    package var passwordHash: [UInt8]?
    package var created: Int64
    /// When it was last changed.
    package var updated: Int64
    /// Rises with every change of the password or the status.
    package var generation: Int64

    /// Makes a row out of all its columns.
    package init(
        id: Int64, login: String, email: String, name: String = "", status: UserStatus = .active,
        role: UserRole = .user, parent: Int64? = nil, passwordHash: [UInt8]? = nil, created: Int64,
        updated: Int64, generation: Int64 = 1
    ) {
        self.id = id
        self.login = login
        self.email = email
        self.name = name
        self.status = status
        self.role = role
        self.parent = parent
        self.passwordHash = passwordHash
        self.created = created
        self.updated = updated
        self.generation = generation
    }
}

/// What a user is looked up by. Login and e-mail match in any case of their ASCII letters.
package enum UserKey: Sendable, Equatable {
    case id(Int64)
    case login(String)
    case email(String)
}
