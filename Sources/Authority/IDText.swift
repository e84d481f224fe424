package import SignetCrypto

/// What the text of an id in a path says. An id is `^[A-HJKMNP-TV-Z0-9]{26}$` in any letter case.
package enum IDText {
    case id(ULID)
    /// 26 digits that say more than 128 bits: the id of nothing that was ever made.
    case unused
    case malformed

    package init(_ text: UnsafeRawBufferPointer) {
        if let id = ULID(text) {
            self = .id(id)
        } else {
            self = Self.hasDigitsOnly(text) ? .unused : .malformed
        }
    }

    private static func hasDigitsOnly(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = text.first, text.count == ULID.textLength else { return false }
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: ULID.textLength - 1)
        return ULID([UInt8(ascii: "0")] + text.dropFirst()) != nil && ULID(zeros + [first]) != nil
    }
}
