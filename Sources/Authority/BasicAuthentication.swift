internal import SignetCrypto
internal import Synchronization

/// Tells which user shows a right login and password by HTTP Basic, and remembers right pairs, so that
/// clients that send theirs with every call do not cost a hash each time. Shared by all loops.
///
/// No password is in the memory: a pair is known by its MAC under a key of this process. A pair is
/// forgotten after a while, and at once when its user is changed.
package final class BasicAuthentication: Sendable {
    /// How long a pair is remembered: a minute.
    package static let standardLifeMilliseconds: Int64 = 60_000
    /// Pairs remembered; then all are forgotten.
    private static let pairsMax = 65_536

    private struct Entry {
        let user: User
        /// When the hash was made, in Unix milliseconds.
        let proved: Int64
    }

    private let passwords: PasswordCheck
    private let lifeMilliseconds: Int64
    private let key: PrivateKey
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    init(
        _ passwords: PasswordCheck, lifeMilliseconds: Int64 = standardLifeMilliseconds
    ) throws(AuthorityError) {
        self.passwords = passwords
        self.lifeMilliseconds = lifeMilliseconds
        do throws(CryptoError) {
            key = try PrivateKey.generate(.hs256)
        } catch {
            throw .cryptography
        }
    }

    /// The active user whose pair it is; nil for a wrong one. Throws `overloaded` when too many
    /// passwords wait.
    ///
    /// - Parameter now: Unix milliseconds.
    package func user(
        of pair: BasicPair, at now: Int64
    ) async throws(AuthorityError) -> User? {
        guard let mac = mac(of: pair) else { throw .cryptography }
        if let user = remembered(mac, at: now) { return user }
        let user = try await passwords.user(.login(pair.login), password: pair.password)
        guard let user else { return nil }
        remember(Entry(user: user, proved: now), mac)
        return user
    }

    /// The active user whose pair it is, if that was proved a short while ago: no hash is made.
    ///
    /// - Parameter now: Unix milliseconds.
    package func knownUser(of pair: BasicPair, at now: Int64) -> User? {
        mac(of: pair).flatMap { remembered($0, at: now) }
    }

    /// How many pairs are remembered, for tests.
    var count: Int { entries.withLock { $0.count } }

    private func remembered(_ mac: [UInt8], at now: Int64) -> User? {
        guard let entry = entry(mac),
            (entry.proved..<entry.proved + lifeMilliseconds).contains(now),
            passwords.changes.isCurrent(entry.user)
        else { return nil }
        return entry.user
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    @inline(never)
    private func entry(_ mac: [UInt8]) -> Entry? { entries.withLock { $0[mac] } }

    @inline(never)
    private func remember(_ entry: Entry, _ mac: [UInt8]) {
        entries.withLock { entries in
            if entries.count >= Self.pairsMax { entries.removeAll() }
            entries[mac] = entry
        }
    }

    /// A login has no colon (RFC 7617 section 2), so that no two pairs have one MAC.
    private func mac(of pair: BasicPair) -> [UInt8]? {
        let text = pair.login + [UInt8(ascii: ":")] + pair.password.withBytes { [UInt8]($0) }
        let signer = try? Signer(key)
        return try? signer?.signature(of: text)
    }
}
