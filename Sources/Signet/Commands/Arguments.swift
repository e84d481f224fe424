internal import ArgumentParser
internal import SignetAuthority
internal import SignetCrypto

/// An argument that says what it accepts when it is given something else.
protocol SpelledArgument: Sendable {
    /// What is accepted, as the end of "it has to be ".
    static var accepts: String { get }

    /// Nil for a text that is not accepted.
    init?(argument: String)
}

extension SpelledArgument {
    /// The transform of the options of this type.
    @Sendable static func read(_ argument: String) throws -> Self {
        guard let value = Self(argument: argument) else {
            throw ValidationError("it has to be \(accepts)")
        }
        return value
    }
}

extension Algorithm: ExpressibleByArgument {
    /// Any letter case is accepted.
    public init?(argument: String) {
        let found = Self.allCases.first { $0.name.lowercased() == argument.lowercased() }
        guard let found else { return nil }
        self = found
    }

    /// The names that help texts list.
    public static var allValueStrings: [String] { allCases.map(\.name) }

    public var defaultValueDescription: String { name }
}

/// Whole seconds: a number alone, or with a unit from `s` to `d`.
struct Seconds: SpelledArgument, Equatable, CustomStringConvertible {
    static let accepts = "whole seconds, such as 3600, 90s, 20m, 24h or 30d"

    let count: Int

    var description: String { "\(count)" }

    init(_ count: Int) {
        self.count = count
    }

    init?(argument: String) {
        if let plain = Quantity(whole: argument) {
            count = plain.number
            return
        }
        guard let duration = DurationText.parse(argument), duration.components.attoseconds == 0
        else { return nil }
        count = Int(duration.components.seconds)
    }
}

/// An app's id: a ULID in any letter case, kept in upper case.
struct AppID: SpelledArgument, Equatable {
    static let accepts = "the 26 letters and digits of an id; signet app list shows them"

    let text: String

    /// `^[A-HJKMNP-TV-Z0-9]{26}$`, as the app API has it.
    init?(argument: String) {
        let upper = argument.uppercased()
        let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8
        guard upper.utf8.count == 26, upper.utf8.allSatisfy(alphabet.contains) else { return nil }
        text = upper
    }
}

/// A rate, or `default` for none of its own.
struct AppLimit: SpelledArgument, Equatable {
    static let accepts = "a rate such as 100/s, 60/m or 1000/h, or default"

    /// Nil for the limit of all apps.
    let rate: Rate?

    init?(argument: String) {
        guard argument != "default" else {
            rate = nil
            return
        }
        guard let rate = SettingType.rate.parse(argument) else { return nil }
        self.rate = rate
    }
}

/// Members of a sign call, by the names of the app API.
struct ClaimNames: SpelledArgument, Equatable {
    static let accepts = "some of sub, aud, ip and useragent with commas between, or none"

    let claims: App.RequiredClaims

    init(_ claims: App.RequiredClaims) {
        self.claims = claims
    }

    init?(argument: String) {
        var claims: App.RequiredClaims = []
        for name in argument == "none"
            ? [] : argument.split(separator: ",", omittingEmptySubsequences: false)
        {
            switch name {
            case "sub": claims.insert(.subject)
            case "aud": claims.insert(.audience)
            case "ip": claims.insert(.address)
            case "useragent": claims.insert(.userAgent)
            default: return nil
            }
        }
        self.claims = claims
    }
}

/// The root of a server to measure: `http://HOST[:PORT]`, or `https`.
struct ServerURL: SpelledArgument, Equatable {
    static let accepts = "http://HOST[:PORT] or https://HOST[:PORT]"

    /// Without brackets, even for an IPv6 address.
    let host: String
    let port: Int
    /// Whether by TLS.
    let isSecure: Bool

    /// Nil for other schemes and for anything behind the port but one slash.
    init?(argument: String) {
        let scheme = argument.prefix { $0 != ":" }
        guard ["http", "https"].contains(scheme.lowercased()) else { return nil }
        isSecure = scheme.count == 5
        var rest = argument.dropFirst(scheme.count)
        guard rest.hasPrefix("://") else { return nil }
        rest = rest.dropFirst(3)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else {
            let name = rest.prefix { $0 != ":" }
            host = String(name)
            rest = rest.dropFirst(name.count)
        }
        guard SettingType<String>.host.parse(host) != nil else { return nil }
        guard !rest.isEmpty else {
            port = isSecure ? 443 : 80
            return
        }
        guard rest.hasPrefix(":"), let given = Quantity(whole: rest.dropFirst())?.number,
            (1...65535).contains(given)
        else { return nil }
        port = given
    }
}
