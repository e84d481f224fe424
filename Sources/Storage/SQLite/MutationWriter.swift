/// Writes apps, keys, users, their sessions, tokens and mails, and properties. Rare, so statements are
/// compiled when they are needed. Used within a transaction.
struct MutationWriter {
    /// What has to be done beside, which is left to the owners of those statements.
    enum Rest {
        case nothing
        /// A session of an app is to be deleted.
        case session(Int64)
        /// Sessions of users were deleted, which the change log has to say.
        case ended([UserSessionRow])
    }

    private let connection: Connection
    private let users: UserWriter
    private let userSessions: UserSessionWriter
    private let apiTokens: APITokenWriter
    private let mails: MailWriter
    private let requirements: RequirementReader

    init(on connection: Connection) {
        self.connection = connection
        users = UserWriter(on: connection)
        userSessions = UserSessionWriter(on: connection)
        apiTokens = APITokenWriter(on: connection)
        mails = MailWriter(on: connection)
        requirements = RequirementReader(on: connection)
    }

    /// Applies one mutation, without its line in the change log.
    func apply(_ mutation: Mutation) throws(StoreError) -> Rest {
        switch mutation {
        case .insertApp(let app):
            // A number is never used twice: sessions of a deleted app may still be there.
            try insertApp(app)
        case .updateApp(let app):
            try updateApp(app)
        case .replaceAppKey(let number, let hash, let time):
            let statement = try Statement(
                "UPDATE apps SET key_hash = ?2, updated = ?3 WHERE number = ?1", on: connection)
            try statement.bind(number, at: 1)
            try statement.bind(hash, at: 2)
            try statement.bind(time, at: 3)
            try statement.run()
            try connection.requireOneRow()
            return .ended(try userSessions.delete(app: number))
        case .deleteApp(let number):
            let ended = try userSessions.delete(app: number)
            try run("DELETE FROM apps WHERE number = ?1", number)
            return .ended(ended)
        case .insertKey(let key):
            try writeKey(
                key,
                """
                INSERT INTO keys
                SELECT ?1, ?2, nullif(max(?3, 0), 0), nullif(max(-?3, 0), 0), ?4, ?5, ?6, ?7, ?8,
                    ?9, ?10
                WHERE ?1 > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'keys'), 0)
                """)
        case .updateKey(let key):
            try writeKey(
                key,
                """
                UPDATE keys SET id = ?2, app = nullif(max(?3, 0), 0),
                    realm = nullif(max(-?3, 0), 0), algorithm = ?4, sealed_private_key = ?5,
                    public_key = ?6, phase = ?7, created = ?8, activated = ?9, expires = ?10
                WHERE number = ?1
                """)
        case .moveKey(let key, let phase):
            try requirePhase(phase, ofKey: key.number)
            return try apply(.updateKey(key))
        case .noteKeyRotation(let number, let time):
            let statement = try Statement(
                "UPDATE apps SET last_key_rotation = ?2 WHERE number = ?1", on: connection)
            try statement.bind(number, at: 1)
            try statement.bind(time, at: 2)
            try statement.run()
        case .deleteKey(let number):
            try run("DELETE FROM keys WHERE number = ?1", number)
        case .insertUser(let user):
            try users.insert(user)
        case .moveUser(let id, let from, let to, let time):
            try users.move(id, from: from, to: to, at: time)
            guard to != .active else { break }
            let ended = try userSessions.delete(user: id)
            try run("DELETE FROM api_tokens WHERE user = ?1", id)
            try run("DELETE FROM named_tokens WHERE user = ?1", id)
            return .ended(ended)
        case .setPassword(let id, let hash, let time):
            try users.setPassword(id, hash: hash, at: time)
        case .rehashPassword(let id, let old, let new):
            try users.rehash(id, from: old, to: new)
        case .deleteUser(let id):
            let ended = try userSessions.delete(user: id)
            try users.delete(id)
            return .ended(ended)
        case .insertNamedToken(let token):
            try insertNamedToken(token)
        case .deleteNamedToken(let id, let user):
            let statement = try Statement(
                "DELETE FROM named_tokens WHERE id = ?1 AND user = ?2", on: connection)
            try statement.bind(id.bytes, at: 1)
            try statement.bind(user, at: 2)
            try statement.run()
            try connection.requireOneRow()
        case .insertUserSession(let session):
            try userSessions.insert(session)
        case .endUserSession(let id):
            return .ended(try userSessions.delete(id))
        case .endUserSessions(let user, let realm, let kept):
            return .ended(try userSessions.delete(user: user, realm: realm, but: kept))
        case .endOldUserSessions(let user, let realm, let count):
            return .ended(try userSessions.delete(user: user, realm: realm, keeping: count))
        case .insertAPIToken(let token):
            try apiTokens.insert(token)
        case .updateAPIToken(let token):
            try apiTokens.update(token)
            return .ended(try userSessions.delete(apiToken: token.id))
        case .deleteAPIToken(let id, let user):
            let ended = try userSessions.delete(apiToken: id)
            try apiTokens.delete(id, user: user)
            return .ended(ended)
        case .dropAPITokens(let key):
            let ended = try userSessions.delete(key: key)
            try run("DELETE FROM api_tokens WHERE key = ?1", key)
            return .ended(ended)
        case .require(let requirement):
            try requirements.check(requirement)
        case .replacePendingUser(let id, let name, let hash, let time):
            try users.replacePending(id, name: name, hash: hash, at: time)
        case .verifyUser(let id, let generation, let time):
            try users.verify(id, generation: generation, at: time)
        case .adoptUser(let id, let time):
            try users.adopt(id, at: time)
        case .askMail(let user, let kind, let time):
            try mails.ask(user: user, kind, at: time)
        case .didSendMail(let user, let kind, let asked, let time):
            try mails.didSend(user: user, kind, asked: asked, at: time)
        case .didFailMail(let user, let kind, let attempts, let due):
            try mails.didFail(user: user, kind, attempts: attempts, due: due)
        case .dropMail(let user, let kind, let asked):
            try mails.drop(user: user, kind, asked: asked)
        case .setProperty(let name, let value):
            let statement = try Statement(
                """
                INSERT INTO properties VALUES(?1, ?2)
                ON CONFLICT(name) DO UPDATE SET value = excluded.value
                """, on: connection)
            try statement.bind(name, at: 1)
            try statement.bind(value, at: 2)
            try statement.run()
        case .touch(let time):
            return try apply(.setProperty(name: "touched", value: Array("\(time)".utf8)))
        case .removeProperty(let name):
            let statement = try Statement(
                "DELETE FROM properties WHERE name = ?1", on: connection)
            try statement.bind(name, at: 1)
            try statement.run()
        case .endSession(let id, _, _):
            return .session(id)
        case .endSessions(let app, _, _):
            // The sweep reads from the change log what else is to go.
            return .ended(try userSessions.delete(app: app))
        case .endSubject:
            break
        }
        return .nothing
    }

    private func insertApp(_ app: AppRow) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO apps SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                ?14, ?15, ?16
            WHERE ?1 > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'apps'), 0)
            """, on: connection)
        try statement.bind(app.number, at: 1)
        try statement.bind(app.id.bytes, at: 2)
        try statement.bind(app.name, at: 3)
        try statement.bind(app.description, at: 4)
        try statement.bind(app.keyHash, at: 5)
        try statement.bind(app.algorithm, at: 6)
        try statement.bind(app.tokenExpire, at: 7)
        try statement.bind(app.tokenNotBefore, at: 8)
        try statement.bind(app.refreshExpire, at: 9)
        try statement.bind(app.refreshNotBefore, at: 10)
        try statement.bind(app.rotationPeriod, at: 11)
        try statement.bind(app.refreshGrace, at: 12)
        try statement.bind(app.requiredClaims, at: 13)
        try statement.bind(app.added, at: 14)
        try statement.bind(app.updated, at: 15)
        try statement.bind(app.lastKeyRotation, at: 16)
        try statement.run()
        try connection.requireOneRow()
    }

    private func updateApp(_ app: AppRow) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE apps SET name = ?2, description = ?3, token_expire = ?4,
                token_not_before = ?5, refresh_expire = ?6, refresh_not_before = ?7,
                rotation_period = ?8, refresh_grace = ?9, required_claims = ?10, updated = ?11
            WHERE number = ?1
            """, on: connection)
        try statement.bind(app.number, at: 1)
        try statement.bind(app.name, at: 2)
        try statement.bind(app.description, at: 3)
        try statement.bind(app.tokenExpire, at: 4)
        try statement.bind(app.tokenNotBefore, at: 5)
        try statement.bind(app.refreshExpire, at: 6)
        try statement.bind(app.refreshNotBefore, at: 7)
        try statement.bind(app.rotationPeriod, at: 8)
        try statement.bind(app.refreshGrace, at: 9)
        try statement.bind(app.requiredClaims, at: 10)
        try statement.bind(app.updated, at: 11)
        try statement.run()
        try connection.requireOneRow()
    }

    private func writeKey(_ key: KeyRow, _ sql: String) throws(StoreError) {
        let statement = try Statement(sql, on: connection)
        try statement.bind(key.number, at: 1)
        try statement.bind(key.id.bytes, at: 2)
        try statement.bind(key.app, at: 3)
        try statement.bind(key.algorithm, at: 4)
        try statement.bind(key.sealedPrivateKey, at: 5)
        try statement.bind(key.publicKey, at: 6)
        try statement.bind(key.phase.rawValue, at: 7)
        try statement.bind(key.created, at: 8)
        try statement.bind(key.activated, at: 9)
        try statement.bind(key.expires, at: 10)
        try statement.run()
        try connection.requireOneRow()
    }

    private func insertNamedToken(_ token: NamedTokenRow) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO named_tokens(id, user, description, issued, expires)
            VALUES(?1, ?2, ?3, ?4, ?5)
            """, on: connection)
        try statement.bind(token.id.bytes, at: 1)
        try statement.bind(token.user, at: 2)
        try statement.bind(token.description, at: 3)
        try statement.bind(token.issued, at: 4)
        try statement.bind(token.expires, at: 5)
        try statement.run()
    }

    private func requirePhase(_ phase: KeyPhase, ofKey number: Int64) throws(StoreError) {
        let statement = try Statement(
            "SELECT 1 FROM keys WHERE number = ?1 AND phase = ?2", on: connection)
        try statement.bind(number, at: 1)
        try statement.bind(phase.rawValue, at: 2)
        guard try statement.step() else { throw StoreError(.conflict) }
    }

    private func run(_ sql: String, _ number: Int64) throws(StoreError) {
        let statement = try Statement(sql, on: connection)
        try statement.bind(number, at: 1)
        try statement.run()
    }
}

extension Connection {
    /// Nothing written means that the row to update is missing, or that the number was used before.
    func requireOneRow() throws(StoreError) {
        guard changedRows == 1 else { throw StoreError(.conflict) }
    }
}
