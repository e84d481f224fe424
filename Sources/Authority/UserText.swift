/// What a user signs in with: 1 to 128 letters and digits of ASCII and `. _ - + @`, not digits alone,
/// which would be an id. Two that differ in the case of letters only are the same.
package struct Login: Sendable, Equatable {
    package static let bytesMax = 128

    package let text: String

    /// Nil for anything else.
    package init?(_ bytes: some Collection<UInt8>) {
        let isPlain = bytes.allSatisfy { $0.isLetterOrDigit || "._-+@".utf8.contains($0) }
        guard (1...Self.bytesMax).contains(bytes.count), isPlain,
            !bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }
}

/// An address that mail can be sent to: 5 to 255 characters, a dot-atom (RFC 5322 section 3.2.3), `@`
/// and a host name of at least two labels. Two that differ in the case of letters only are the same.
/// Quoted local parts, address literals and other letters than ASCII's are not taken.
package struct EmailAddress: Sendable, Equatable {
    package static let bytes = 5...255
    /// RFC 5321 section 4.5.3.1.1.
    private static let localBytesMax = 64
    /// RFC 1035 section 2.3.4.
    private static let labelBytesMax = 63

    package let text: String

    /// Nil for anything else.
    package init?(_ bytes: some Collection<UInt8>) {
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard Self.bytes.contains(bytes.count), parts.count == 2,
            parts[0].count <= Self.localBytesMax, Self.isDotAtom(Array(parts[0])),
            Self.isHostName(Array(parts[1]))
        else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static func isDotAtom(_ text: [UInt8]) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty
                && $0.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }

    private static func isHostName(_ text: [UInt8]) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...labelBytesMax).contains(label.count) && label.first != hyphen
                    && label.last != hyphen
                    && label.allSatisfy { $0.isLetterOrDigit || $0 == hyphen }
            }
    }
}

/// What a user is called: at most 255 bytes of text without controls; may be empty.
package struct UserName: Sendable, Equatable {
    package static let bytesMax = 255

    package let text: String

    /// Nil for anything else.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.bytesMax, let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        self.text = text
    }
}

extension UInt8 {
    /// Whether it is a letter or a digit of ASCII.
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
