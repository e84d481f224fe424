/// One change of the store, other than a new session of an app. Nearly each writes a line of the change
/// log.
package enum Mutation: Sendable {
    /// Adds an app; a conflict if its number is not higher than every number used before, or if its
    /// id exists.
    case insertApp(AppRow)
    /// Replaces what the owner of an app decides, and when that was, by number; the app's id, key,
    /// algorithm and last rotation stay as they are. A conflict if there is none.
    case updateApp(AppRow)
    /// Replaces the hash of an app's key, leaves the rest of the app as it is, and ends what the app signed
    /// in by its key; a conflict if there is none. `at`: the Unix second.
    case replaceAppKey(app: Int64, hash: [UInt8], at: Int64)
    /// Deletes an app and its keys, and ends what it signed in by its key. Its own sessions go in small
    /// steps afterwards. Nothing happens if there is none.
    case deleteApp(number: Int64)
    /// Adds a key; a conflict if its number is not higher than every number used before, if its id
    /// exists, if there is no such app, or if it signs for a realm that has a key that signs.
    case insertKey(KeyRow)
    /// Replaces a key by number; a conflict if there is none.
    case updateKey(KeyRow)
    /// Replaces a key by number, as long as it is in the phase `from`; a conflict if it is not, so
    /// that of two processes that move a key at once only one does, or if there is none.
    case moveKey(KeyRow, from: KeyPhase)
    /// Notes when the signing key of an app was last replaced, and leaves the rest of the app as it
    /// is. Nothing happens if there is none.
    case noteKeyRotation(app: Int64, at: Int64)
    /// Deletes a key. Nothing happens if there is none.
    case deleteKey(number: Int64)
    /// Adds a user; a conflict if its id is not higher than every id used before, if its login or its
    /// e-mail is another's, or if there is no such parent.
    case insertUser(UserRow)
    /// Gives a user that has the status `from` the status `to`; a conflict if it has another, or if
    /// there is none. Unless it is active then, its sessions are ended, and its API tokens and named tokens
    /// deleted. `at`: Unix milliseconds.
    case moveUser(Int64, from: UserStatus, to: UserStatus, at: Int64)
    /// Gives a user another password; a conflict if there is none. `at`: Unix milliseconds.
    case setPassword(user: Int64, hash: [UInt8], at: Int64)
    /// Keeps a user's password as another hash, if it is still kept as `from`. Nothing happens
    /// otherwise.
    case rehashPassword(user: Int64, from: [UInt8], to: [UInt8])
    /// Deletes a user with its named tokens and ends its sessions; a conflict if there are sub users.
    /// Nothing happens if there is none.
    case deleteUser(id: Int64)
    /// Adds a named token; a conflict if its id exists, if its user has one with this description, or
    /// if there is no such user.
    case insertNamedToken(NamedTokenRow)
    /// Deletes a named token of a user; a conflict if the user has none with this id.
    case deleteNamedToken(RowID, user: Int64)
    /// Adds a session of a user; a conflict if its id exists, if the user is not there or not active, or
    /// if there is no such app or API token. Writes no line of the change log.
    case insertUserSession(UserSessionRow)
    /// Ends a session of a user. Nothing happens if there is none. Like all that ends such sessions, it
    /// writes a line of the change log for each that there was.
    case endUserSession(RowID)
    /// Ends the sessions of a user, those of one realm or of all, but for one. Nothing happens if there
    /// are none.
    case endUserSessions(user: Int64, realm: Realm?, but: RowID?)
    /// Adds an API token; a conflict if its id exists, if its user has another main one, if its key was
    /// revoked, or if there is no such user. Like all about them, it writes no line of the change log:
    /// nobody keeps them.
    case insertAPIToken(APITokenRow)
    /// Replaces what the user of an API token decides, and when that was, by id and user, and ends the
    /// sessions that were begun by it; a conflict if the user has none with this id. Its time rises each
    /// time, if only by a millisecond.
    case updateAPIToken(APITokenRow)
    /// Deletes an API token of a user, and ends the sessions that were begun by it; a conflict if the user
    /// has none with this id.
    case deleteAPIToken(RowID, user: Int64)
    /// Gives a user that is pending another name and password, and a higher generation; a conflict if the
    /// user is not there or not pending. `at`: Unix milliseconds.
    case replacePendingUser(Int64, name: String, hash: [UInt8], at: Int64)
    /// Activates a user that is pending and of this generation; a conflict if there is none. `at`: Unix
    /// milliseconds.
    case verifyUser(Int64, generation: Int64, at: Int64)
    /// Activates a user that is pending or anonymous, and takes the password away; a conflict if there is
    /// none. `at`: Unix milliseconds.
    case adoptUser(Int64, at: Int64)
    /// Changes nothing; a conflict if this does not hold. What else is written with it comes after it.
    case require(Requirement)
    /// Ends the oldest sessions of a user in a realm, those that there are beyond `keeping`. Rows that have
    /// expired count until they go.
    case endOldUserSessions(user: Int64, realm: Realm, keeping: Int)
    /// Deletes the API tokens that were made with a key, and ends the sessions that were begun by them.
    case dropAPITokens(key: Int64)
    /// Has a mail of this kind sent to a user, once, however often it is asked for before it is sent, and
    /// not before the pauses since the last ones are over; a conflict if there is no such user. Like all
    /// about mails, it writes no line of the change log. `at`: Unix milliseconds.
    case askMail(user: Int64, MailKind, at: Int64)
    /// Notes that a mail was sent, which waits on if it was asked for again since `asked`. Nothing happens
    /// if there is none. Both: Unix milliseconds.
    case didSendMail(user: Int64, MailKind, asked: Int64, at: Int64)
    /// Notes that a mail was tried in vain, and when to try again. Nothing happens if there is none.
    case didFailMail(user: Int64, MailKind, attempts: Int64, due: Int64)
    /// Gives a mail up, unless it was asked for again since `asked`. Nothing happens if there is none.
    case dropMail(user: Int64, MailKind, asked: Int64)
    /// Sets a named value of the whole server, such as the hash of the root key.
    case setProperty(name: String, value: [UInt8])
    /// Removes a named value. Nothing happens if there is none.
    case removeProperty(name: String)
    /// Writes the time, in Unix milliseconds, for nothing but to find out whether the store can be written. No line of the
    /// change log tells of it.
    case touch(at: Int64)
    /// Deletes a session. `expires`: the Unix second after which none of its tokens is valid
    /// anyway.
    case endSession(id: Int64, app: Int64, expires: Int64)
    /// Ends every session of an app whose id is at most `through`, and what it signed in by its key. The
    /// app's own rows go in small steps.
    case endSessions(app: Int64, through: Int64, expires: Int64)
    /// Ends every session of a subject whose id is at most `through`. The rows go in small steps.
    case endSubject(app: Int64, subject: UInt64, through: Int64, expires: Int64)

    /// The line of the change log that announces this mutation; nil when none does.
    ///
    /// - Parameter sequence: the line's place in the log.
    func change(sequence: Int64) -> ChangeRow? {
        func row(
            _ kind: ChangeKind, _ subject: Int64, app: Int64 = 0, through: Int64 = 0,
            expires: Int64 = 0
        ) -> ChangeRow {
            ChangeRow(
                sequence: sequence, kind: kind, subject: subject, app: app, through: through,
                expires: expires)
        }
        switch self {
        case .insertApp(let app): return row(.appInserted, app.number, app: app.number)
        case .updateApp(let app): return row(.appUpdated, app.number, app: app.number)
        case .replaceAppKey(let number, _, _): return row(.appUpdated, number, app: number)
        case .deleteApp(let number): return row(.appDeleted, number, app: number)
        case .insertKey(let key): return row(.keyInserted, key.number, app: key.app)
        case .updateKey(let key), .moveKey(let key, _):
            return row(.keyUpdated, key.number, app: key.app)
        case .noteKeyRotation(let number, _): return row(.appUpdated, number, app: number)
        case .deleteKey(let number): return row(.keyDeleted, number)
        case .insertUser(let user): return row(.userInserted, user.id)
        case .moveUser(let id, _, _, _), .setPassword(let id, _, _): return row(.userUpdated, id)
        case .rehashPassword(let id, _, _): return row(.userUpdated, id)
        case .replacePendingUser(let id, _, _, _), .verifyUser(let id, _, _),
            .adoptUser(let id, _):
            return row(.userUpdated, id)
        case .deleteUser(let id): return row(.userDeleted, id)
        case .insertNamedToken(let token):
            return row(.namedTokenInserted, Int64(bitPattern: token.id.low))
        case .deleteNamedToken(let id, _):
            return row(.namedTokenDeleted, Int64(bitPattern: id.low))
        case .insertUserSession, .endUserSession, .endUserSessions, .insertAPIToken,
            .updateAPIToken, .deleteAPIToken, .require, .endOldUserSessions, .dropAPITokens,
            .askMail, .didSendMail, .didFailMail, .dropMail, .touch:
            return nil
        case .setProperty, .removeProperty: return row(.propertyChanged, 0)
        case .endSession(let id, let app, let expires):
            return row(.sessionEnded, id, app: app, expires: expires)
        case .endSessions(let app, let through, let expires):
            return row(.appSessionsEnded, app, app: app, through: through, expires: expires)
        case .endSubject(let app, let subject, let through, let expires):
            return row(
                .subjectSessionsEnded, Int64(bitPattern: subject), app: app, through: through,
                expires: expires)
        }
    }
}
