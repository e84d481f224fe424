/// What a user may do, in the words of the wire (frontend.md, "Permissions"). The numbers are stored: add,
/// never renumber.
package enum Permission: Int64, Sendable, CaseIterable {
    case readAdmin = 0
    case readBilling = 1
    case readInvite = 2
    case readMedia = 3
    case readProfile = 4
    case readStatistics = 5
    case readSubUser = 6
    case readUser = 7
    case writeAdmin = 8
    case writeBilling = 9
    case writeInvite = 10
    case writeMedia = 11
    case writeSubUser = 12
    case writeUser = 13

    /// `read` or `write`, and what.
    package var scope: String { rawValue < Self.writeAdmin.rawValue ? "read" : "write" }
    package var subject: String {
        switch self {
        case .readAdmin, .writeAdmin: "admin"
        case .readBilling, .writeBilling: "billing"
        case .readInvite, .writeInvite: "invite"
        case .readMedia, .writeMedia: "media"
        case .readProfile: "profile"
        case .readStatistics: "statistics"
        case .readSubUser, .writeSubUser: "sub-user"
        case .readUser, .writeUser: "user"
        }
    }

    /// Both, as `read:media`.
    package var name: String { "\(scope):\(subject)" }

    /// The permission with this name; nil when there is none.
    package init?(_ name: some Sequence<UInt8>) {
        let known = Self.allCases.first { $0.name.utf8.elementsEqual(name) }
        guard let known else { return nil }
        self = known
    }
}

/// A set of permissions.
package struct Permissions: OptionSet, Sendable, Hashable {
    /// A bit for each permission, by its number.
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package init(_ permissions: some Sequence<Permission>) {
        rawValue = permissions.reduce(0) { $0 | 1 << $1.rawValue }
    }

    /// Those that there are, in the order of frontend.md.
    package var list: [Permission] { Permission.allCases.filter { has($0) } }

    package func has(_ permission: Permission) -> Bool { rawValue & 1 << permission.rawValue != 0 }
}

extension User.Role {
    /// What a user with this role may do.
    package var permissions: Permissions {
        switch self {
        case .root, .admin: Permissions(Permission.allCases)
        case .user: Self.ofUser
        case .sub: Permissions([.readMedia, .readProfile, .readStatistics])
        }
    }

    private static let ofUser = Permissions(Permission.allCases)
        .subtracting(Permissions([.readAdmin, .writeAdmin, .writeBilling]))
}
