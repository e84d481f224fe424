internal import SignetRuntime

/// How a setting's text becomes a value and back, and what to say when it does not.
struct SettingType<Value: Sendable>: Sendable {
    /// What is accepted, as the end of "… is not ".
    let accepts: String
    /// Nil for a text that is not accepted.
    let parse: @Sendable (String) -> Value?
    /// The value in the spelling that `parse` reads.
    let text: @Sendable (Value) -> String
}

extension SettingType where Value == Int {
    /// A whole number, in decimal digits alone.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        SettingType(
            accepts: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { Quantity(whole: $0).flatMap { range.contains($0.number) ? $0.number : nil } },
            text: { "\($0)" })
    }

    /// A number of bytes.
    static func size(_ range: ClosedRange<Int>) -> Self {
        let low = SizeText.text(range.lowerBound)
        let high = SizeText.text(range.upperBound)
        return SettingType(
            accepts: "a number of bytes from \(low) to \(high), such as 16384 or 64KiB",
            parse: { SizeText.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            text: { SizeText.text($0) })
    }
}

extension SettingType where Value == Duration {
    /// A length of time with its unit.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let low = DurationText.text(range.lowerBound)
        let high = DurationText.text(range.upperBound)
        return SettingType(
            accepts:
                "a time from \(low) to \(high) with its unit, such as 500ms, 10s, 20m, 24h, 30d",
            parse: { DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            text: { DurationText.text($0) })
    }
}

extension SettingType where Value == Duration {
    /// A length of time in whole seconds, or none.
    static func wholeSeconds(through seconds: Int) -> Self {
        let type = duration(.zero ... .seconds(seconds))
        return SettingType(
            accepts: type.accepts,
            parse: { type.parse($0).flatMap { $0.components.attoseconds == 0 ? $0 : nil } },
            text: type.text)
    }
}

extension SettingType where Value == Bool {
    /// `true` or `false`; not YAML 1.1's other eight spellings.
    static let bool = SettingType(
        accepts: "true or false", parse: { Bool($0) }, text: { "\($0)" })
}

extension SettingType where Value: RawRepresentable<String> & CaseIterable {
    /// One of the words that the type's cases are.
    static var choice: Self {
        let words = Value.allCases.map(\.rawValue)
        return SettingType(
            accepts: "one of \(words.joined(separator: ", "))", parse: { Value(rawValue: $0) },
            text: { $0.rawValue })
    }
}

extension SettingType where Value == Rate {
    /// So many a second, minute or hour.
    static let rate = SettingType(
        accepts: "a rate of at least 1, such as 100/s, 60/m or 1000/h",
        parse: { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let count = Quantity(whole: parts[0])?.number, count > 0,
                let period = Rate.Period(rawValue: String(parts[1]))
            else { return nil }
            return Rate(count: count, period: period)
        },
        text: { "\($0)" })
}

extension SettingType where Value == String {
    /// An address or a name to listen on. Whether it exists is for the listener to find out.
    static let host = SettingType(
        accepts: "an IP address or a host name",
        parse: { text in
            let isPlain = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "%"):
                    true
                default: false
                }
            }
            return isPlain && (1...255).contains(text.utf8.count) ? text : nil
        },
        text: { $0 })

    /// The public address; empty for none.
    static let publicURL = SettingType(
        accepts:
            "an http or https URL without query and fragment, such as https://tokens.example.org",
        parse: { $0.isEmpty ? "" : PublicURL.parse($0) },
        text: { $0 })
}

extension SettingType where Value == [String] {
    /// Origins of web pages (RFC 6454 section 6.2), or `*` for all; none for an empty text.
    static let origins = SettingType(
        accepts: "* or origins such as https://app.example.org, with commas between",
        parse: { text in
            if text.isEmpty || text == "*" { return text.isEmpty ? [] : ["*"] }
            let items = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix { $0 == " " }) }
            return items.allSatisfy(isOrigin) ? items : nil
        },
        text: { $0.joined(separator: ",") })

    /// Addresses and ranges of them; none for an empty text.
    static let addressRanges = SettingType(
        accepts:
            "addresses or ranges without bits behind their length, such as 10.0.0.0/8 or ::1, with commas between",
        parse: { text in
            if text.isEmpty { return [] }
            let items = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix { $0 == " " }) }
            return items.allSatisfy { AddressRange($0) != nil } ? items : nil
        },
        text: { $0.joined(separator: ",") })

    /// Paths of files; none for an empty text.
    static let paths = SettingType(
        accepts: "paths of files, with commas between",
        parse: { text in
            if text.isEmpty { return [] }
            let items = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix { $0 == " " }) }
            let arePaths = items.allSatisfy { item in
                !item.isEmpty && item.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            }
            return arePaths ? items : nil
        },
        text: { $0.joined(separator: ",") })

    /// Browsers send small letters, no path and no default port: anything else would never match.
    private static func isOrigin(_ text: String) -> Bool {
        let isSpelledOut = text.wholeMatch(
            of: /([a-z][a-z0-9+.\-]*):\/\/(\[[0-9a-f:]+\]|[a-z0-9_.\-]+)(:[1-9][0-9]{0,4})?/)
        guard let match = isSpelledOut else { return false }
        switch (match.1, match.3) {
        case ("http", ":80"), ("https", ":443"): return false
        default: return true
        }
    }
}

extension SettingType where Value == DataLocation {
    /// A folder, or `memory:`.
    static let data = SettingType(
        accepts: "the path of a folder, or memory:",
        parse: { text in
            if text == "memory:" { return .memory }
            let isPath = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            return isPath ? .folder(text) : nil
        },
        text: { $0.description })
}

extension SettingType where Value == Secret {
    /// A key of exactly `count` characters of the base64 alphabet (RFC 4648 section 4).
    static func key(characters count: Int) -> Self {
        SettingType(
            accepts: "\(count) characters of A-Z a-z 0-9 + /",
            parse: { text in
                let isKey = text.utf8.count == count && text.utf8.allSatisfy(Base64.isDigit)
                return isKey ? Secret(text: text) : nil
            },
            text: { $0.description })
    }

    /// Exactly `count` bytes as padded base64, in its one canonical spelling (RFC 4648
    /// section 3.5).
    static func base64(bytes count: Int) -> Self {
        SettingType(
            accepts: "\(count) bytes as base64 (make them with: openssl rand -base64 \(count))",
            parse: { Base64.isCanonical($0, bytes: count) ? Secret(text: $0) : nil },
            text: { $0.description })
    }
}
