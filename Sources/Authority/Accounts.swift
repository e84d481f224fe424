internal import SignetCrypto
internal import SignetStorage

/// The owner of the users. They live in the store, of which there may be millions; only who was
/// changed is in memory (`changes`).
package actor Accounts {
    /// What a new user is made from.
    package struct NewUser: Sendable {
        package var login: Login
        package var email: EmailAddress
        package var name: UserName?
        package var role: User.Role
        package var status: User.Status
        /// The id of the user that it is a sub user of.
        package var parent: Int64?

        package init(
            login: Login, email: EmailAddress, name: UserName? = nil, role: User.Role = .user,
            status: User.Status = .active, parent: Int64? = nil
        ) {
            self.login = login
            self.email = email
            self.name = name
            self.role = role
            self.status = status
            self.parent = parent
        }
    }

    /// What became of a user that was to be made.
    package enum Creation: Sendable {
        case created(User)
        case loginTaken
        case emailTaken
        case noSuchParent
    }

    /// What became of a user that was to be deleted.
    package enum Deletion: Sendable {
        case deleted
        case missing
        /// There are sub users, which have to go first.
        case hasSubUsers
    }

    /// A password that a user is to have, and on what that rests.
    package struct PasswordChange: Sendable {
        package var password: Password
        /// What was shown: the user, for an old password, and the credential of whoever wants it.
        package var old: Proof?
        package var caller: Proof
        /// Whether the user's sessions of every dialect end, but for `kept`.
        package var endsSessions = false
        package var kept: UserSession?

        package init(_ password: Password, by caller: Proof) {
            self.password = password
            self.caller = caller
        }
    }

    /// What became of a password that was to be changed.
    package enum PasswordOutcome: Sendable {
        case changed
        case missing
        /// The user was changed since the old password was shown.
        case oldIsOver
        /// The credential of whoever wanted it is over.
        case callerIsOver
    }

    private let executor: any LoopExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Which users were changed, for what loops remember of them.
    package nonisolated let changes: UserChanges
    /// Tells who shows a right password.
    package nonisolated let passwordCheck: PasswordCheck
    private let store: any Store
    private let apps: Apps
    /// The highest id known to be taken, in the store or by a call of `create` under way.
    var lastID: Int64

    init(
        store: any Store, apps: Apps, changes: UserChanges, hashing: PasswordHashing,
        lastID: Int64, on executor: any LoopExecutor
    ) {
        self.executor = executor
        self.store = store
        self.apps = apps
        self.changes = changes
        self.lastID = lastID
        passwordCheck = PasswordCheck(store: store, changes: changes, hashing: hashing)
    }

    /// Makes a user, durably.
    ///
    /// - Parameters:
    ///   - password: nil for a user who can't sign in by one.
    ///   - now: Unix milliseconds.
    package func create(
        _ new: NewUser, password: Password?, at now: Int64
    ) async throws(AuthorityError) -> Creation {
        // Whoever is refused costs no hash; asked again below, since others may be faster.
        if let refusal = try await refusal(of: new) { return refusal }
        var row = UserRow(new, at: now)
        if let password { row.passwordHash = try await passwordCheck.hashing.hash(password).text }
        for _ in 0..<Apps.attemptsMax {
            lastID += 1
            row.id = lastID
            let moment = changes.moment
            if try await write(.insertUser(row)) { return .created(User(row, asOf: moment)) }
            if let refusal = try await refusal(of: new) { return refusal }
            // Another process was faster with the id.
            lastID = max(lastID, try await lastIDInStore())
        }
        throw .overloaded
    }

    /// Locks a user out, and ends its sessions and tokens for good, durably and at once on every loop. Its
    /// status is then `suspended`.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: the user; nil when there is none.
    package func suspend(_ id: Int64, at now: Int64) async throws(AuthorityError) -> User? {
        try await move(id, to: .suspended, at: now)
    }

    /// Lets a user in, durably, whatever kept it out.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: the user; nil when there is none.
    package func activate(_ id: Int64, at now: Int64) async throws(AuthorityError) -> User? {
        try await move(id, to: .active, at: now)
    }

    /// Gives a user the status `status`, durably, if it has the status `from`. Unless it is active then,
    /// its sessions and tokens are over.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: whether it had.
    package func move(
        _ id: Int64, from: User.Status, to status: User.Status, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        let isMoved = try await write(.moveUser(id, from: from.stored, to: status.stored, at: now))
        if isMoved {
            changes.note(id)
            await apps.putInForce()
        }
        return isMoved
    }

    /// Gives a user another password, durably; the old one is dead at once on every loop.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: false when there is no such user.
    package func setPassword(
        _ password: Password, of id: Int64, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        let hash = try await passwordCheck.hashing.hash(password)
        let isSet = try await write(.setPassword(user: id, hash: hash.text, at: now))
        if isSet { changes.note(id) }
        return isSet
    }

    /// Gives a user another password, durably, as long as what that rests on is still so; the old one, and
    /// the sessions that end with it, are dead at once on every loop.
    ///
    /// - Parameter now: Unix milliseconds.
    package func setPassword(
        _ change: PasswordChange, of id: Int64, at now: Int64
    ) async throws(AuthorityError) -> PasswordOutcome {
        let hash = try await passwordCheck.hashing.hash(change.password)
        var mutations = change.caller.mutations + (change.old?.mutations ?? [])
        mutations.append(.setPassword(user: id, hash: hash.text, at: now))
        if change.endsSessions {
            mutations.append(.endUserSessions(user: id, realm: nil, but: change.kept?.row.id))
        }
        guard try await write(mutations) else {
            // Whatever it was, it stays so.
            guard try await write(change.caller.mutations) else { return .callerIsOver }
            return try await user(.id(id)) == nil ? .missing : .oldIsOver
        }
        changes.note(id)
        if change.endsSessions { await apps.putInForce() }
        return .changed
    }

    /// Deletes a user with all tokens and sessions, durably and at once on every loop.
    package func delete(_ id: Int64) async throws(AuthorityError) -> Deletion {
        guard try await user(.id(id)) != nil else { return .missing }
        guard try await write(.deleteUser(id: id)) else { return .hasSubUsers }
        changes.note(id)
        await apps.putInForce()
        return .deleted
    }

    /// The user with this key; nil when there is none. Reads the store.
    package nonisolated func user(_ key: User.Key) async throws(AuthorityError) -> User? {
        try await passwordCheck.find(key)
    }

    /// Up to `limit` users with higher ids than `id`, in the order of their ids. Reads the store.
    package nonisolated func list(
        after id: Int64, limit: Int
    ) async throws(AuthorityError) -> [User] {
        let moment = changes.moment
        do throws(StoreError) {
            return try await store.users(after: id, limit: limit).map { User($0, asOf: moment) }
        } catch {
            throw .storeUnavailable
        }
    }

    private func move(
        _ id: Int64, to status: User.Status, at now: Int64
    ) async throws(AuthorityError) -> User? {
        for _ in 0..<Apps.attemptsMax {
            guard let user = try await user(.id(id)) else { return nil }
            if user.status == status { return user }
            if try await move(id, from: user.status, to: status, at: now) {
                return try await self.user(.id(id))
            }
        }
        throw .overloaded
    }

    /// Why a user can't be made; nil when nothing speaks against it now. Reads the store.
    package nonisolated func refusal(
        of new: NewUser
    ) async throws(AuthorityError) -> Creation? {
        if try await user(.login(Array(new.login.text.utf8))) != nil { return .loginTaken }
        if try await user(.email(Array(new.email.text.utf8))) != nil { return .emailTaken }
        if let parent = new.parent, try await user(.id(parent)) == nil { return .noSuchParent }
        return nil
    }

    /// - Returns: false when the store has a conflict.
    func write(_ mutations: Mutation...) async throws(AuthorityError) -> Bool {
        try await write(mutations)
    }

    /// - Returns: false when the store has a conflict.
    func write(_ mutations: [Mutation]) async throws(AuthorityError) -> Bool {
        try await store.writeUnlessConflict(mutations)
    }

    func lastIDInStore() async throws(AuthorityError) -> Int64 {
        do throws(StoreError) {
            return try await store.load().lastUserID
        } catch {
            throw .storeUnavailable
        }
    }
}

extension UserRow {
    /// The row of a new user without id and password.
    ///
    /// - Parameter now: Unix milliseconds.
    init(_ new: Accounts.NewUser, at now: Int64) {
        self.init(
            id: 0, login: new.login.text, email: new.email.text, name: new.name?.text ?? "",
            status: new.status.stored, role: new.role.stored, parent: new.parent, created: now,
            updated: now)
    }
}
