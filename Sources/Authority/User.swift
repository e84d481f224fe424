internal import SignetCrypto
internal import SignetStorage

/// A user as of one moment. Immutable: `UserChanges` says whether it is still so.
package struct User: Sendable {
    /// Whether a user may do anything, in the words of the wire.
    package enum Status: String, Sendable, CaseIterable {
        /// Known by an address only.
        case anonymous
        /// Signed up; the address is not verified yet.
        case pending
        case active
        /// Locked out by an administrator.
        case suspended
    }

    /// What a user is to the others, in the words of the wire.
    package enum Role: String, Sendable, CaseIterable {
        case root
        case admin
        case user
        /// One of a parent's.
        case sub
    }

    /// What a user is looked up by. The bytes may come from anybody; the case of their letters does
    /// not matter.
    package enum Key: Sendable, Equatable {
        case id(Int64)
        case login([UInt8])
        case email([UInt8])
    }

    package let id: Int64
    /// What the user signs in with, as it was typed when the user was made.
    package let login: String
    package let email: String
    /// What the user is called; may be empty.
    package let name: String
    package let status: Status
    package let role: Role
    /// The id of the user that this is a sub user of.
    package let parent: Int64?
    /// When it was made, and when it was last changed: Unix milliseconds.
    package let created: Int64
    package let updated: Int64
    /// Rises with every change of the password or the status.
    package let generation: Int64
    /// Nil for a user without a password, and for one whose hash is none that we make.
    let passwordHash: PasswordHash?
    /// When the row was read, as `UserChanges` counts.
    let asOf: UInt64

    /// - Parameter asOf: `UserChanges.moment` from before the row was read.
    init(_ row: UserRow, asOf: UInt64) {
        id = row.id
        login = row.login
        email = row.email
        name = row.name
        status = Status(row.status)
        role = Role(row.role)
        parent = row.parent
        created = row.created
        updated = row.updated
        generation = row.generation
        passwordHash = row.passwordHash.flatMap { PasswordHash($0) }
        self.asOf = asOf
    }

    /// Whether there is a password to sign in with.
    package var hasPassword: Bool { passwordHash != nil }
}

extension User.Status {
    init(_ stored: UserStatus) {
        switch stored {
        case .anonymous: self = .anonymous
        case .pending: self = .pending
        case .active: self = .active
        case .suspended: self = .suspended
        }
    }

    /// As rows have it.
    var stored: UserStatus {
        switch self {
        case .anonymous: .anonymous
        case .pending: .pending
        case .active: .active
        case .suspended: .suspended
        }
    }
}

extension User.Role {
    init(_ stored: UserRole) {
        switch stored {
        case .root: self = .root
        case .admin: self = .admin
        case .user: self = .user
        case .sub: self = .sub
        }
    }

    /// As rows have it.
    var stored: UserRole {
        switch self {
        case .root: .root
        case .admin: .admin
        case .user: .user
        case .sub: .sub
        }
    }
}

extension UserKey {
    /// As rows are looked up. What is no login is nobody's, and is looked up all the same.
    init(_ key: User.Key) {
        switch key {
        case .id(let id): self = .id(id)
        case .login(let bytes): self = .login(Login(bytes)?.text ?? "")
        case .email(let bytes): self = .email(EmailAddress(bytes)?.text ?? "")
        }
    }
}
