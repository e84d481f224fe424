internal import SignetJSON

/// A JSON object that another server has sent, by its members. What is not of the kind that is asked for
/// counts as missing.
package struct ForeignObject {
    /// Arrays and objects in each other that nobody needs more of.
    private static let depthMax = 16

    private let bytes: [UInt8]
    private let members: [JSONMember]

    /// Nil for what is no JSON object.
    package init?(_ bytes: [UInt8]) {
        var scanner = JSONScanner(depthMax: Self.depthMax)
        let members = bytes.withUnsafeBytes { bytes -> [JSONMember]? in
            guard let top = try? scanner.scan(bytes), top.kind == .object else { return nil }
            return scanner.members
        }
        guard let members else { return nil }
        self.bytes = bytes
        self.members = members
    }

    /// Whether there is a member of this name, of whatever kind.
    package func has(_ name: StaticString) -> Bool { with(name) { _, _ in true } ?? false }

    package func text(_ name: StaticString) -> String? {
        with(name) { value, bytes in
            guard value.isString else { return nil }
            return String(decoding: value.string(in: bytes), as: UTF8.self)
        }
    }

    /// A whole number; a fraction is cut off, which dates of some have (RFC 7519 section 2).
    package func integer(_ name: StaticString) -> Int64? {
        with(name) { value, bytes in
            if let number = value.integer(in: bytes) { return number }
            guard value.kind == .number else { return nil }
            let text = String(decoding: value.raw(in: bytes), as: UTF8.self)
            return Double(text).flatMap { Int64(exactly: $0.rounded(.down)) }
        }
    }

    /// Whether a member is true, or the text `true`, as some write it.
    package func isTrue(_ name: StaticString) -> Bool {
        with(name) { value, bytes in value.kind == .true || value.equals("true", in: bytes) }
            ?? false
    }

    /// A text, or an array of texts.
    package func texts(_ name: StaticString) -> [String]? {
        with(name) { value, bytes in
            if value.isString { return [String(decoding: value.string(in: bytes), as: UTF8.self)] }
            var scanner = JSONScanner(depthMax: 1)
            guard value.kind == .array, (try? scanner.scan(value.range, of: bytes)) != nil,
                scanner.elements.allSatisfy(\.isString)
            else { return nil }
            return scanner.elements.map { String(decoding: $0.string(in: bytes), as: UTF8.self) }
        }
    }

    private func with<Result>(
        _ name: StaticString, _ body: (JSONValue, UnsafeRawBufferPointer) -> Result?
    ) -> Result? {
        bytes.withUnsafeBytes { bytes in
            guard let member = members.first(where: { $0.name.equals(name, in: bytes) }) else {
                return nil
            }
            return body(member.value, bytes)
        }
    }
}
