internal import SignetCrypto
internal import SignetStorage

/// Tells who shows a right password. Any loop may ask; the hash is made by the workers, and the answer
/// comes back to the caller's executor.
///
/// An unknown user takes the same work as a wrong password, with the cost of the present settings.
package struct PasswordCheck: Sendable {
    /// How often a user that is changed during the check is looked at again.
    private static let attemptsMax = 3

    let store: any Store
    let changes: UserChanges
    let hashing: PasswordHashing

    /// The user with this key and password, as it was read: whatever rests on it is written with its
    /// `Proof`. Nil when there is none, the password is another, or the user has none of the statuses.
    /// Throws `overloaded` when too many passwords wait.
    ///
    /// - Parameter statuses: whom to admit. For others the work is the same.
    package func user(
        _ key: User.Key, password: Password, among statuses: Set<User.Status> = [.active]
    ) async throws(AuthorityError) -> User? {
        for _ in 0..<Self.attemptsMax {
            let user = try await find(key)
            let hash = user?.passwordHash ?? hashing.nobody
            let isRight = try await hashing.matches(password, hash)
            if !isRight, hash.cost.isBelow(hashing.cost) {
                // Whom an old, cheaper hash refuses must not hear it sooner than who is not there.
                _ = try await hashing.matches(password, hashing.nobody)
            }
            guard isRight, let user, statuses.contains(user.status) else { return nil }
            await rehash(user, password)
            // Suspended, deleted or given another password while the hashes were made?
            guard changes.isCurrent(user) else { continue }
            return user
        }
        throw .overloaded
    }

    /// The user with this key; nil when there is none. Reads the store.
    func find(_ key: User.Key) async throws(AuthorityError) -> User? {
        let moment = changes.moment
        do throws(StoreError) {
            return try await store.user(UserKey(key)).map { User($0, asOf: moment) }
        } catch {
            throw .storeUnavailable
        }
    }

    /// Keeps the password at the present cost when that has grown. The user is signed in whether or
    /// not it succeeds.
    private func rehash(_ user: User, _ password: Password) async {
        guard let old = user.passwordHash, old.cost.isBelow(hashing.cost) else { return }
        guard let new = try? await hashing.hash(password) else { return }
        try? await store.write([.rehashPassword(user: user.id, from: old.text, to: new.text)])
    }
}

/// How passwords are hashed: at which cost, and by whom.
struct PasswordHashing: Sendable {
    let cost: PasswordHash.Cost
    /// What is compared with for who is not there.
    let nobody: PasswordHash
    private let workers: any Workers

    init(cost: PasswordHash.Cost, workers: any Workers) {
        self.cost = cost
        self.workers = workers
        nobody = .ofNothing(cost: cost)
    }

    /// The hash of a new password.
    func hash(_ password: Password) async throws(AuthorityError) -> PasswordHash {
        let cost = cost
        let made = try await workers.hash { () -> Result<PasswordHash, CryptoError> in
            Result { () throws(CryptoError) in try PasswordHash.make(password.secret, cost: cost) }
        }
        guard case .success(let hash) = made else { throw .cryptography }
        return hash
    }

    /// Whether `hash` is the password's.
    func matches(
        _ password: Password, _ hash: PasswordHash
    ) async throws(AuthorityError) -> Bool {
        let made = try await workers.hash { () -> Result<Bool, CryptoError> in
            Result { () throws(CryptoError) in try hash.matches(password.secret) }
        }
        guard case .success(let isRight) = made else { throw .cryptography }
        return isRight
    }
}
