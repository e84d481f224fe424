internal import SignetJSON

/// Something that happened to the security of the server: one line of the audit log
/// (docs/decisions/0031-audit.md). Holds ids and names, never a credential.
package struct AuditEvent: Sendable {
    /// What was done, or tried.
    package enum Kind: String, Sendable {
        /// A call that changes nothing, by a credential that is wrong or does not allow it.
        case access
        case signIn = "sign_in"
        case tokenMade = "token.made"
        case tokenRenewed = "token.renewed"
        case tokenChanged = "token.changed"
        case tokenDeleted = "token.deleted"
        case sessionEnded = "session.ended"
        case keyRotated = "key.rotated"
        case keyRevoked = "key.revoked"
        case keyImported = "key.imported"
        case appCreated = "app.created"
        case appChanged = "app.changed"
        case appDeleted = "app.deleted"
        case userCreated = "user.created"
        case userVerified = "user.verified"
        case userSuspended = "user.suspended"
        case userActivated = "user.activated"
        case userDeleted = "user.deleted"
        case passwordChanged = "password.changed"
        /// A call beyond a limit. `tried` says of what.
        case rateLimitHit = "rate_limit.hit"
        case serverStarted = "server.started"
        case serverStopped = "server.stopped"
        case settingsReloaded = "settings.reloaded"
        /// The first line of each file.
        case logOpened = "audit.opened"
        /// So many further refusals (`access`, `rate_limit.hit`) of an address in a second.
        case logRepeated = "audit.repeated"
        /// Lines were lost: the disk was full, or too many came at once.
        case logDropped = "audit.dropped"
        /// The file ended within a line, as after a crash; that was taken off.
        case logTorn = "audit.torn"
        /// The file does not end as it was left.
        case logCut = "audit.cut"
        /// What says how the file was left is missing.
        case logHeadMissing = "audit.head_missing"
    }

    /// What came of it.
    package enum Outcome: String, Sendable {
        case done = "ok"
        /// Answered as if it were done, but there was nothing to do: the token or the key is unknown or over already, the
        /// address is taken.
        case unchanged
        case refused
        case failed
    }

    /// Where: a dialect, or what else changes things.
    package enum Realm: String, Sendable {
        case apps, oauth, frontend, server
        case namedTokens = "named-tokens"
        case signIn = "sign-in"
        case commandLine = "command-line"
    }

    /// Who: as far as a right credential has shown it.
    package enum Actor: Sendable {
        case nobody
        /// Who has the root key.
        case root
        /// An app, by its id.
        case app(String)
        case user(Int64)
        /// The server by itself.
        case server
        /// A user of the machine, by its number.
        case machineUser(UInt32)
    }

    /// What was meant or changed. Only what exists, so that nothing that a stranger typed stands here.
    package enum Target: Sendable {
        case app(String)
        case user(Int64)
        case key(String)
        /// A token or a session, by its id in text.
        case token([UInt8])
        case session([UInt8])
        case rootKey
    }

    package var kind: Kind
    package var outcome = Outcome.done
    package var realm: Realm
    package var actor = Actor.nobody
    /// The login of the user that is the actor or the target.
    package var name = ""
    package var target: Target?
    /// What the call would have done that was refused before it was looked at.
    package var tried: Kind?
    /// The client's address in text; empty for who comes by no network.
    package var address: [UInt8] = []
    /// 32 hexadecimal digits, or none.
    package var trace: [UInt8] = []
    /// The status of the answer; 0 when there is none.
    package var status = 0
    /// More, in words of ours.
    package var detail = ""
    /// Of how many the line tells.
    package var count: Int?
    /// The MAC of the line before the first one of a file, in hexadecimal digits.
    package var previous: [UInt8] = []

    /// Whether strangers can cause as many of it as they like, at no cost: all that is refused to nobody known, or
    /// changes nothing, but for a password that was looked at.
    var isCheap: Bool {
        if kind == .rateLimitHit || kind == .access { return true }
        guard outcome == .refused || outcome == .unchanged, case .nobody = actor else {
            return false
        }
        return kind != .signIn || status != 401
    }

    package init(_ kind: Kind, in realm: Realm) {
        self.kind = kind
        self.realm = realm
    }

    /// The event as a line that the log then numbers and closes: members of an object without its braces, and
    /// a line feed.
    ///
    /// - Parameter now: Unix milliseconds.
    package func line(at now: Int64) -> [UInt8] {
        var line: [UInt8] = []
        append(to: &line, date: AuditDate(now))
        return line
    }

    /// Appends what `line` returns.
    func append(to line: inout [UInt8], date: AuditDate) {
        line.append(literal: #""time":""#)
        date.append(to: &line)
        line.append(literal: #"","event":""#)
        line.append(contentsOf: kind.rawValue.utf8)
        line.append(literal: #"","outcome":""#)
        line.append(contentsOf: outcome.rawValue.utf8)
        line.append(literal: #"","realm":""#)
        line.append(contentsOf: realm.rawValue.utf8)
        line.append(literal: #"","actor":""#)
        line.append(actor)
        if !name.isEmpty {
            line.append(literal: #"","name":""#)
            line.append(plain: name)
        }
        if let target {
            line.append(literal: #"","target":""#)
            line.append(target)
        }
        if let tried {
            line.append(literal: #"","tried":""#)
            line.append(contentsOf: tried.rawValue.utf8)
        }
        if !address.isEmpty {
            line.append(literal: #"","address":""#)
            line.append(contentsOf: address)
        }
        if !trace.isEmpty {
            line.append(literal: #"","trace":""#)
            line.append(contentsOf: trace)
        }
        if !detail.isEmpty {
            line.append(literal: #"","detail":""#)
            line.append(plain: detail)
        }
        if !previous.isEmpty {
            line.append(literal: #"","previous":""#)
            line.append(contentsOf: previous)
        }
        line.append(UInt8(ascii: "\""))
        if status > 0 {
            line.append(literal: #","status":"#)
            line.append(decimal: Int64(status))
        }
        if let count {
            line.append(literal: #","count":"#)
            line.append(decimal: Int64(count))
        }
        line.append(0x0A)
    }
}

/// A moment as lines of the audit log have it, whose second is rendered once.
struct AuditDate {
    private var second: Int64 = -1
    private var milliseconds: Int64 = 0
    private var text: [UInt8] = []

    init(_ now: Int64) { set(now) }

    mutating func set(_ now: Int64) {
        milliseconds = now % 1000
        guard second != now / 1000 else { return }
        second = now / 1000
        text.removeAll(keepingCapacity: true)
        text.append(date: second)
        text.removeLast()
    }

    /// Appends it as RFC 3339 has it, such as `2026-11-23T01:30:00.123Z`.
    func append(to line: inout [UInt8]) {
        line.append(contentsOf: text)
        line.append(UInt8(ascii: "."))
        if milliseconds < 100 { line.append(UInt8(ascii: "0")) }
        if milliseconds < 10 { line.append(UInt8(ascii: "0")) }
        line.append(decimal: milliseconds)
        line.append(UInt8(ascii: "Z"))
    }
}

extension [UInt8] {
    /// Characters of a name that are shown.
    private static var nameMax: Int { 256 }

    fileprivate mutating func append(_ actor: AuditEvent.Actor) {
        switch actor {
        case .nobody: append(literal: "nobody")
        case .root: append(literal: "root")
        case .server: append(literal: "server")
        case .app(let id):
            append(literal: "app:")
            append(contentsOf: id.utf8)
        case .user(let id):
            append(literal: "user:")
            append(decimal: id)
        case .machineUser(let id):
            append(literal: "uid:")
            append(decimal: Int64(id))
        }
    }

    fileprivate mutating func append(_ target: AuditEvent.Target) {
        switch target {
        case .rootKey: append(literal: "root-key")
        case .app(let id):
            append(literal: "app:")
            append(contentsOf: id.utf8)
        case .user(let id):
            append(literal: "user:")
            append(decimal: id)
        case .key(let id):
            append(literal: "key:")
            append(contentsOf: id.utf8)
        case .token(let id):
            append(literal: "token:")
            append(contentsOf: id)
        case .session(let id):
            append(literal: "session:")
            append(contentsOf: id)
        }
    }

    /// Appends text of somebody's as the inside of a JSON string, in printable ASCII alone: what is a quote, a
    /// line end or a terminal's command to anybody who reads the line is six harmless characters.
    fileprivate mutating func append(plain text: String) {
        for scalar in text.unicodeScalars.prefix(Self.nameMax) {
            switch scalar {
            case "\"", "\\": append(escaped: UInt16(scalar.value))
            case " "..."~": append(UInt8(scalar.value))
            default: for unit in String(scalar).utf16 { append(escaped: unit) }
            }
        }
    }

    private mutating func append(escaped unit: UInt16) {
        append(literal: #"\u"#)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
