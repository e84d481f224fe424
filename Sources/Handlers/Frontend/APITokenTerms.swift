internal import SignetAuthority

/// What the body of a POST or PUT says of an API token. What it does not name stays, or is as wide as
/// whoever asks may go.
struct APITokenTerms {
    /// A hundred years.
    static let lifeSecondsMax: Int64 = 36_500 * 86_400
    /// Restrictions of one token, bytes of each, and of all: a token of `/jwt` has them, too, and
    /// `/auth/check` shows them in a field.
    static let restrictionsMax = 32
    static let restrictionBytesMax = 255
    static let restrictionBytesTotalMax = 1024

    static let notHad = FrontendError.permissionDenied("Nobody grants what they do not have.")

    private let permissions: Permissions?
    private let restrictions: [String]?
    /// Whether the permissions become those of a new token, unless the body names some.
    private let resetsPermissions: Bool
    /// Seconds; 0 for a token that never expires.
    private let life: Int64?

    init(_ fields: FrontendFields) throws(FrontendError) {
        var fields = fields
        permissions = fields.permissions("permissions")
        restrictions = Self.restrictions(&fields)
        resetsPermissions = fields.flag("reset-permissions", otherwise: false)
        life = fields.integer("ttl", 0...Self.lifeSecondsMax)
        try fields.finish()
    }

    /// Whether the body says how long the token lives.
    var saysLife: Bool { life != nil }

    /// The Unix second from which on the token is refused; nil for never.
    ///
    /// - Parameter now: the Unix second.
    func expires(at now: Int64) -> Int64? {
        guard let life, life > 0 else { return nil }
        return now + life
    }

    /// What the token then allows.
    ///
    /// - Parameters:
    ///   - grant: what it allows now.
    ///   - widest: what whoever asks may hand out.
    func grant(in grant: Grant, resettingTo widest: Grant) throws(FrontendError) -> Grant {
        let grant = Grant(
            permissions ?? (resetsPermissions ? widest.permissions : grant.permissions),
            restrictions: restrictions ?? grant.restrictions)
        guard widest.covers(grant) else { throw Self.notHad }
        return grant
    }

    private static func restrictions(_ fields: inout FrontendFields) -> [String]? {
        guard let texts = fields.texts("restrictions") else { return nil }
        var restrictions: [String] = []
        for text in texts {
            guard (1...restrictionBytesMax).contains(text.count),
                let text = String(validating: text, as: UTF8.self),
                !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                fields.refuse(
                    "restrictions", "Each must be a text of 1 to 255 bytes without controls.")
                return nil
            }
            // One is enough of each.
            let isKnown = restrictions.contains { $0.utf8.elementsEqual(text.utf8) }
            if !isKnown { restrictions.append(text) }
        }
        guard restrictions.count <= restrictionsMax else {
            fields.refuse("restrictions", "There must not be more than \(restrictionsMax).")
            return nil
        }
        guard restrictions.reduce(0, { $0 + $1.utf8.count }) <= restrictionBytesTotalMax else {
            fields.refuse(
                "restrictions",
                "They must not have more than \(restrictionBytesTotalMax) bytes in all.")
            return nil
        }
        return restrictions
    }
}

extension FrontendFields {
    /// A list of permissions by name; nil when there is none.
    mutating func permissions(_ name: StaticString) -> Permissions? {
        guard let texts = texts(name) else { return nil }
        let known = texts.compactMap { Permission($0) }
        guard known.count == texts.count else {
            refuse(name, "Each must be the name of a permission, such as read:media.")
            return nil
        }
        return Permissions(known)
    }
}
