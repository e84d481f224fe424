internal import SignetAuthority

/// Whom mails are from: `signet@example.org`, or `Signet <signet@example.org>`.
struct MailSender: Sendable, Equatable, CustomStringConvertible {
    private static let nameBytesMax = 64

    /// May be empty.
    let name: String
    let address: EmailAddress

    /// Nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "<", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            guard let address = EmailAddress(Array(text.utf8)) else { return nil }
            (name, self.address) = ("", address)
        case 2:
            let name = parts[0].hasSuffix(" ") ? parts[0].dropLast() : parts[0]
            let isPlain = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: " .-_".utf8.contains(byte)
                }
            }
            guard isPlain, (1...Self.nameBytesMax).contains(name.utf8.count),
                parts[1].hasSuffix(">"),
                let address = EmailAddress(Array(parts[1].dropLast().utf8))
            else { return nil }
            (self.name, self.address) = (String(name), address)
        default: return nil
        }
    }

    var description: String { name.isEmpty ? address.text : "\(name) <\(address.text)>" }
}

extension SettingType where Value == MailSender? {
    /// An address with or without a name in front; empty for none.
    static let mailSender = SettingType(
        accepts: "an address such as signet@example.org or Signet <signet@example.org>",
        parse: { text in
            if text.isEmpty { return .some(nil) }
            return MailSender(text).map { .some($0) }
        },
        text: { $0?.description ?? "" })
}

extension SettingType where Value == String {
    /// Where mails are handed over; empty for nowhere.
    static let mailServerURL = SettingType(
        accepts: "a URL of smtp or smtps, such as smtp://mail.example.org:587",
        parse: { text in
            let isURL = text.hasPrefix("smtp://") || text.hasPrefix("smtps://")
            return text.isEmpty || (isURL && isPlain(text) && !text.contains("@")) ? text : nil
        },
        text: { $0 })

    /// An address that is asked or shown; empty for none.
    static let webURL = SettingType(
        accepts: "a URL of https (or http) without a user",
        parse: { text in
            let isURL = text.hasPrefix("https://") || text.hasPrefix("http://")
            let isAccepted = isURL && isPlain(text) && !text.contains("#") && !hasUser(text)
            return text.isEmpty || isAccepted ? text : nil
        },
        text: { $0 })

    /// Whether a user stands before a URL's host, as in https://ann:word@a.example. `config show` would show the word.
    static func hasUser(_ url: String) -> Bool {
        guard let authority = url.split(separator: "/").dropFirst().first else { return false }
        return authority.prefix { $0 != "?" }.contains("@")
    }

    /// A name, such as that of a user of a mail server, or the path of a file; empty for none.
    static let line = SettingType(
        accepts: "a text without controls",
        parse: { text in
            let isLine = text.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control
            }
            return isLine && text.utf8.count <= 1024 ? text : nil
        },
        text: { $0 })

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 2048 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension SettingType where Value == Secret {
    /// A password that another server has given us.
    static let password = SettingType(
        accepts: "a text of at most 1024 bytes without controls",
        parse: { text in
            let isLine = text.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control
            }
            return isLine && (1...1024).contains(text.utf8.count) ? Secret(text: text) : nil
        },
        text: { $0.description })
}
