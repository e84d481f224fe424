import Testing

@testable import SignetAuthority
@testable import SignetStorage

/// frontend.md, "Permissions".
@Suite("Permissions")
struct PermissionTests {
    private static let names = """
        read:admin read:billing read:invite read:media read:profile read:statistics read:sub-user read:user \
        write:admin write:billing write:invite write:media write:sub-user write:user
        """.split(separator: " ").map(String.init)

    private func user(_ role: UserRole) -> User {
        User(
            UserRow(id: 1, login: "a", email: "a@b.example", role: role, created: 1, updated: 1),
            asOf: 0)
    }

    @Test("have the names of the contract, in its order, and are found by them")
    func names() {
        #expect(Permission.allCases.map(\.name) == Self.names)
        for permission in Permission.allCases {
            #expect(Permission(Array(permission.name.utf8)) == permission)
        }
        for name in ["", "read", "user", "read:", "read:Media", "read:media ", "write:profile"] {
            #expect(Permission(Array(name.utf8)) == nil)
        }
        let set = Permissions([.writeUser, .readAdmin])
        #expect(set.list == [.readAdmin, .writeUser])
        #expect(set.has(.writeUser) && !set.has(.readUser))
    }

    @Test("of the roles are those of the contract")
    func roles() {
        func names(_ role: User.Role) -> [String] { role.permissions.list.map(\.name) }
        #expect(names(.root) == Self.names)
        #expect(names(.admin) == Self.names)
        #expect(
            names(.user)
                == Self.names.filter { !$0.hasSuffix(":admin") && $0 != "write:billing" })
        #expect(names(.sub) == ["read:media", "read:profile", "read:statistics"])
    }

    @Test("a grant covers what allows no more, and frees from no restriction")
    func covers() {
        let some = Permissions([.readUser, .readMedia])
        let one = Permissions([.readUser])
        #expect(Grant(some).covers(Grant(one)))
        #expect(Grant(some).covers(Grant(some, restrictions: ["a"])))
        #expect(!Grant(one).covers(Grant(some)))
        #expect(!Grant(some, restrictions: ["a"]).covers(Grant(one)))
        #expect(
            Grant(some, restrictions: ["a"]).covers(Grant(one, restrictions: ["b", "a"])))
        #expect(Grant([]).covers(Grant([])))
        // é as one scalar and as two.
        #expect(
            !Grant(one, restrictions: ["\u{E9}"]).covers(Grant(one, restrictions: ["e\u{301}"])))
    }

    @Test("a credential with all that its user has may do what is the user's own")
    func own() {
        let sub = user(.sub)
        #expect(Grant(User.Role.sub.permissions).allows(.writeUser, of: sub))
        #expect(!Grant([.init([.readMedia])]).allows(.writeUser, of: sub))
        #expect(
            !Grant(User.Role.sub.permissions, restrictions: ["a"]).allows(.writeUser, of: sub))
        #expect(Grant(Permissions([.writeUser])).allows(.writeUser, of: user(.user)))
        // What the user may not do, no credential of the user's may.
        let wide = Grant(User.Role.admin.permissions, restrictions: ["a"])
        #expect(wide.bounded(by: sub) == Grant(User.Role.sub.permissions, restrictions: ["a"]))
    }
}
