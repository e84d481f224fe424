/// What the bearer of a credential may do for its user.
package struct Grant: Sendable, Equatable {
    /// What the bearer may do, as far as the user may.
    package var permissions: Permissions
    /// What else bounds the bearer, in words that mean something to the applications behind: kept, shown
    /// and passed on, each without controls.
    package var restrictions: [String]

    package init(_ permissions: Permissions, restrictions: [String] = []) {
        self.permissions = permissions
        self.restrictions = restrictions
    }

    /// Whether a bearer of this may hand out the other: it allows nothing more.
    package func covers(_ other: Grant) -> Bool {
        // By the bytes: strings of Swift are the same in all of Unicode's normal forms, and the words
        // of others need not be.
        permissions.isSuperset(of: other.permissions)
            && Set(restrictions.map { Array($0.utf8) })
                .isSubset(of: other.restrictions.map { Array($0.utf8) })
    }

    /// The grant without what `user` may not do, or not any more.
    package func bounded(by user: User) -> Grant {
        Grant(permissions.intersection(user.role.permissions), restrictions: restrictions)
    }

    /// Whether its bearer may do for `user` what needs a permission. With all that the user has and no
    /// restriction it is as good as the user, who needs no permission for what is the user's own.
    package func allows(_ permission: Permission, of user: User) -> Bool {
        permissions.has(permission) || covers(Grant(user.role.permissions))
    }
}
