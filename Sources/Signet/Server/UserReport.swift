internal import SignetAuthority

/// Users as the command line shows them. Of a password nothing is shown.
enum UserReport {
    /// A new user.
    static func show(_ created: User, json: Bool) {
        show(created, did: "User \(created.id): \(created.login)", json: json)
    }

    /// A user that something was done to.
    static func show(_ user: User, did text: String, json: Bool) {
        Terminal.show(json ? object(user) : JSONText.printable(text))
    }

    /// That something was done to a user.
    static func show(done text: String, json: Bool) {
        Terminal.show(json ? #"{"status":"ok"}"# : JSONText.printable(text))
    }

    /// A list of users, shown as they come.
    struct List {
        private let json: Bool
        private var count = 0

        init(json: Bool) {
            self.json = json
        }

        /// Shows some more.
        mutating func show(_ users: [User]) {
            defer { count += users.count }
            if json {
                let objects = users.map(object).joined(separator: ",")
                Terminal.write((count == 0 ? "[" : users.isEmpty ? "" : ",") + objects, to: .output)
                return
            }
            guard count == 0 || !users.isEmpty else { return }
            let table = Table(
                header: ["id", "login", "email", "role", "status", "parent", "name"],
                rows: users.map { user in
                    [
                        "\(user.id)", user.login, user.email, user.role.rawValue,
                        user.status.rawValue,
                        user.parent.map { "\($0)" } ?? "", user.name,
                    ]
                })
            for line in table.lines { Terminal.show(line) }
        }

        /// Ends the list.
        func end() {
            if json { Terminal.show("]") }
        }
    }

    private static func object(_ user: User) -> String {
        "{\"id\":\(user.id),\"login\":\(JSONText.quoted(user.login)),"
            + "\"email\":\(JSONText.quoted(user.email)),\"name\":\(JSONText.quoted(user.name)),"
            + "\"role\":\(JSONText.quoted(user.role.rawValue)),"
            + "\"status\":\(JSONText.quoted(user.status.rawValue)),"
            + "\"parent\":\(user.parent.map { "\($0)" } ?? "null"),"
            + "\"created\":\(user.created / 1000),\"updated\":\(user.updated / 1000)}"
    }
}
