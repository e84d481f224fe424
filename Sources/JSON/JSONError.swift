/// Why a document was refused, and where.
package struct JSONError: Error, Equatable {
    /// The kinds of refusal.
    package enum Reason: Sendable {
        /// The document holds no token at all: it is empty or whitespace only.
        case empty
        /// The bytes break the grammar of RFC 8259, or an escape names half a surrogate pair.
        case malformed
        /// A string holds bytes that are not UTF-8 (RFC 3629).
        case invalidUTF8
        /// An object has two members of the same name, compared after unescaping.
        case duplicateName
        /// Arrays and objects are nested deeper than the scanner allows.
        case tooDeep
        /// Something other than whitespace follows the document's value.
        case trailingData
    }

    /// What was wrong.
    package let reason: Reason
    /// Where, in bytes from the start of the scanned buffer.
    package let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
