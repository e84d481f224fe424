/// Apps, keys, users, their sessions, tokens and properties in memory, by the rules of the database.
struct SmallTables: Sendable {
    /// By number.
    private(set) var apps: [Int64: AppRow] = [:]
    private var keys: [Int64: KeyRow] = [:]
    private var properties: [String: [UInt8]] = [:]
    /// The highest number that an app ever had.
    private(set) var lastAppNumber: Int64 = 0
    private var lastKeyNumber: Int64 = 0
    private(set) var users = Users()
    private(set) var namedTokens = NamedTokens()
    var userSessions = UserSessions()
    private(set) var apiTokens = APITokens()
    private(set) var mails = Mails()

    /// What a server reads when it starts, as far as it is here.
    var contents: StoreContents {
        var contents = StoreContents()
        contents.apps = apps.values.sorted { $0.number < $1.number }
        contents.keys = keys.values.sorted { $0.number < $1.number }
        contents.properties = properties
        contents.lastAppNumber = lastAppNumber
        contents.lastKeyNumber = lastKeyNumber
        contents.lastUserID = users.lastID
        return contents
    }

    /// Applies one mutation, as far as it is about these tables.
    mutating func apply(_ mutation: Mutation) throws(StoreError) {
        switch mutation {
        case .insertApp(let app):
            try require(app.number > lastAppNumber)
            lastAppNumber = app.number
            try put(app)
        case .updateApp(let app):
            try require(apps[app.number] != nil)
            apps[app.number]?.takeOver(app)
        case .replaceAppKey(let number, let hash, let time):
            try require(apps[number] != nil)
            apps[number]?.keyHash = hash
            apps[number]?.updated = time
            userSessions.end { $0.app == number }
        case .deleteApp(let number):
            apps[number] = nil
            keys = keys.filter { $0.value.app != number }
            userSessions.end { $0.app == number }
        case .insertKey(let key):
            try require(key.number > lastKeyNumber)
            lastKeyNumber = key.number
            try put(key)
        case .updateKey(let key):
            try require(keys[key.number] != nil)
            try put(key)
        case .moveKey(let key, let phase):
            try require(keys[key.number]?.phase == phase)
            try put(key)
        case .noteKeyRotation(let number, let time):
            apps[number]?.lastKeyRotation = time
        case .deleteKey(let number):
            keys[number] = nil
        case .insertUser(let user):
            try users.insert(user)
        case .moveUser(let id, let from, let to, let time):
            try users.move(id, from: from, to: to, at: time)
            guard to != .active else { return }
            userSessions.end { $0.user == id }
            apiTokens.drop(user: id)
            namedTokens.drop(user: id)
        case .setPassword(let id, let hash, let time):
            try users.setPassword(id, hash: hash, at: time)
        case .rehashPassword(let id, let old, let new):
            users.rehash(id, from: old, to: new)
        case .deleteUser(let id):
            try users.delete(id)
            namedTokens.drop(user: id)
            apiTokens.drop(user: id)
            mails.drop(user: id)
            userSessions.end { $0.user == id }
        case .insertNamedToken(let token):
            try require(users.user(.id(token.user)) != nil)
            try namedTokens.insert(token)
        case .deleteNamedToken(let id, let user):
            try namedTokens.delete(id, user: user)
        case .insertUserSession(let session):
            try require(session.user.map { users.user(.id($0))?.status == .active } ?? true)
            try require(session.app.map { apps[$0] != nil } ?? (session.user != nil))
            try require(session.apiToken.map { apiTokens.token($0) != nil } ?? true)
            try userSessions.insert(session)
        case .endUserSession(let id):
            userSessions.end(id)
        case .endUserSessions(let user, let realm, let kept):
            userSessions.end {
                $0.user == user && (realm == nil || $0.realm == realm) && $0.id != kept
            }
        case .endOldUserSessions(let user, let realm, let count):
            userSessions.endOldest(of: user, in: realm, keeping: count)
        case .insertAPIToken(let token):
            try require(users.user(.id(token.user)) != nil && keys[token.key]?.phase != .revoked)
            try apiTokens.insert(token)
        case .updateAPIToken(let token):
            try apiTokens.update(token)
            userSessions.end { $0.apiToken == token.id }
        case .deleteAPIToken(let id, let user):
            try apiTokens.delete(id, user: user)
            userSessions.end { $0.apiToken == id }
        case .dropAPITokens(let key):
            let tokens = apiTokens
            userSessions.end { session in
                session.apiToken.map { tokens.token($0)?.key == key } ?? false
            }
            apiTokens.drop(key: key)
        case .require(let requirement):
            try require(holds(requirement))
        case .replacePendingUser(let id, let name, let hash, let time):
            try users.replacePending(id, name: name, hash: hash, at: time)
        case .verifyUser(let id, let generation, let time):
            try users.verify(id, generation: generation, at: time)
        case .adoptUser(let id, let time):
            try users.adopt(id, at: time)
        case .askMail(let user, let kind, let time):
            try require(users.user(.id(user)) != nil)
            mails.ask(user: user, kind, at: time)
        case .didSendMail(let user, let kind, let asked, let time):
            mails.didSend(user: user, kind, asked: asked, at: time)
        case .didFailMail(let user, let kind, let attempts, let due):
            mails.didFail(user: user, kind, attempts: attempts, due: due)
        case .dropMail(let user, let kind, let asked):
            mails.drop(user: user, kind, asked: asked)
        case .setProperty(let name, let value):
            properties[name] = value
        case .removeProperty(let name):
            properties[name] = nil
        case .endSessions(let app, _, _):
            userSessions.end { $0.app == app }
        case .endSession, .endSubject, .touch:
            break
        }
    }

    private mutating func put(_ app: AppRow) throws(StoreError) {
        try require(!apps.values.contains { $0.id == app.id && $0.number != app.number })
        apps[app.number] = app
    }

    private mutating func put(_ key: KeyRow) throws(StoreError) {
        try require(key.app < 0 || apps[key.app] != nil)
        let others = keys.values.filter { $0.number != key.number }
        // A realm has one key that signs.
        try require(
            key.app > 0 || key.phase != .active
                || !others.contains { $0.app == key.app && $0.phase == .active })
        try require(!keys.values.contains { $0.id == key.id && $0.number != key.number })
        keys[key.number] = key
    }

    private func holds(_ requirement: Requirement) -> Bool {
        switch requirement {
        case .user(let id, let generation): users.user(.id(id))?.generation == generation
        case .userSession(let id): userSessions.session(id) != nil
        case .apiToken(let id, let time): apiTokens.token(id)?.updated == time
        case .app(let number, let hash): apps[number]?.keyHash == hash
        case .apiTokens(let user, let limit): apiTokens.tokens(of: user).count < limit
        case .namedTokens(let user, let limit): namedTokens.tokens(of: user).count < limit
        }
    }

    private func require(_ holds: Bool) throws(StoreError) {
        guard holds else { throw StoreError(.conflict) }
    }
}

extension AppRow {
    /// Takes over what its owner decides, and when that was.
    fileprivate mutating func takeOver(_ other: AppRow) {
        name = other.name
        description = other.description
        tokenExpire = other.tokenExpire
        tokenNotBefore = other.tokenNotBefore
        refreshExpire = other.refreshExpire
        refreshNotBefore = other.refreshNotBefore
        rotationPeriod = other.rotationPeriod
        refreshGrace = other.refreshGrace
        requiredClaims = other.requiredClaims
        updated = other.updated
    }
}
