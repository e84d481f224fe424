package import SignetCrypto
internal import SignetStorage

/// Users who come by themselves.
extension Accounts {
    /// What became of a sign-up; for the audit log, and for nobody who signs up. With the id of the user that has the
    /// address.
    package enum SignUpOutcome: Sendable {
        case made(Int64)
        /// The user was pending, and has the new name and password.
        case replaced(Int64)
        /// Nothing was changed.
        case addressTaken(Int64)
    }

    /// Takes in who signs up: makes a user that is pending, and has the verification mail sent, durably and
    /// together. Whose address is taken has a mail sent, too, and nobody else learns of it: the work is
    /// the same.
    ///
    /// Who is pending still gets the new name and password, and the links of earlier mails are void. So
    /// nobody can sign a stranger up and wait for the stranger to verify the address.
    ///
    /// - Parameter now: Unix milliseconds.
    package func signUp(
        _ email: EmailAddress, _ name: UserName, _ password: Password, at now: Int64
    ) async throws(AuthorityError) -> SignUpOutcome {
        let hash = try await passwordCheck.hashing.hash(password)
        for _ in 0..<Apps.attemptsMax {
            guard let user = try await user(.email(Array(email.text.utf8))) else {
                let id = try await insert(
                    email, name, .pending, hash, at: now,
                    and: { .askMail(user: $0, .verification, at: now) })
                if let id { return .made(id) }
                continue
            }
            if user.status == .pending {
                let isReplaced = try await write(
                    .replacePendingUser(user.id, name: name.text, hash: hash.text, at: now),
                    .askMail(user: user.id, .verification, at: now))
                if isReplaced {
                    changes.note(user.id)
                    return .replaced(user.id)
                }
            } else if try await write(.askMail(user: user.id, .addressTaken, at: now)) {
                return .addressTaken(user.id)
            }
        }
        throw .overloaded
    }

    /// The user with the address that a provider has verified. Who was pending is active from then on, and
    /// has no password any more: whoever chose it did not show that the address is theirs.
    ///
    /// - Parameters:
    ///   - mayCreate: whether a user is made for an address that nobody has.
    ///   - now: Unix milliseconds.
    /// - Returns: nil when nobody has the address.
    package func user(
        of identity: ProviderIdentity, mayCreate: Bool, at now: Int64
    ) async throws(AuthorityError) -> User? {
        for _ in 0..<Apps.attemptsMax {
            guard let user = try await user(.email(Array(identity.email.text.utf8))) else {
                guard mayCreate else { return nil }
                let id = try await insert(
                    identity.email, identity.name ?? .none, .active, nil, at: now, and: { _ in nil }
                )
                if let id { return try await self.user(.id(id)) }
                continue
            }
            guard user.status == .pending || user.status == .anonymous else { return user }
            if try await write(.adoptUser(user.id, at: now)) {
                changes.note(user.id)
                return try await self.user(.id(user.id))
            }
        }
        throw .overloaded
    }

    /// Activates the user that a verification token is for, durably. A token works once: then the user is
    /// not pending any more, or is of another generation.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: nil when the token was used, or is of no use any more.
    package func verify(
        _ claims: VerificationClaims, at now: Int64
    ) async throws(AuthorityError) -> User? {
        guard
            try await write(
                .verifyUser(claims.user, generation: claims.generation, at: now))
        else { return nil }
        changes.note(claims.user)
        return try await user(.id(claims.user))
    }

    /// Makes a user that signs in with its address, or, where that is none or another's login, with what
    /// nobody has to know.
    ///
    /// - Parameter further: what is written together with the user, whose id it is given.
    /// - Returns: the id; nil when another was faster, with the address or the id.
    private func insert(
        _ email: EmailAddress, _ name: UserName, _ status: User.Status, _ hash: PasswordHash?,
        at now: Int64, and further: (Int64) -> Mutation?
    ) async throws(AuthorityError) -> Int64? {
        let login = try await freeLogin(for: email)
        lastID += 1
        let id = lastID
        var row = UserRow(
            NewUser(login: login, email: email, name: name, status: status), at: now)
        row.id = id
        row.passwordHash = hash?.text
        if try await write([.insertUser(row), further(id)].compactMap(\.self)) { return id }
        lastID = max(lastID, try await lastIDInStore())
        return nil
    }

    private func freeLogin(for email: EmailAddress) async throws(AuthorityError) -> Login {
        let bytes = Array(email.text.utf8)
        if let login = Login(bytes), try await user(.login(bytes)) == nil { return login }
        let random = UUID4(random: RandomPool()).text
        guard let login = Login(Array("user-".utf8) + random) else {
            preconditionFailure("letters, digits and hyphens are a login")
        }
        return login
    }
}

extension UserName {
    /// Of who has not said it.
    fileprivate static var none: UserName {
        guard let name = UserName([]) else { preconditionFailure("a name may be empty") }
        return name
    }
}
