internal import SignetJSON

/// The claims of a session as they are kept, `"name":value` with commas between, taken apart.
package struct ClaimMembers {
    /// The members as an object, with braces.
    private let object: [UInt8]
    private let found: [JSONMember]

    /// Nil when `members` are not what a request's claims can be.
    package init?(_ members: [UInt8]) {
        var object: [UInt8] = [UInt8(ascii: "{")]
        object.reserveCapacity(members.count + 2)
        object.append(contentsOf: members)
        object.append(UInt8(ascii: "}"))
        var scanner = JSONScanner()
        let found = object.withUnsafeBytes { bytes -> [JSONMember]? in
            guard let top = try? scanner.scan(bytes), top.kind == .object else { return nil }
            return scanner.members
        }
        guard let found else { return nil }
        self.object = object
        self.found = found
    }

    /// The value of a claim as its caller wrote it; nil when there is none.
    package func value(_ name: StaticString) -> [UInt8]? {
        object.withUnsafeBytes { bytes in
            member(name, bytes).map { Array($0.value.raw(in: bytes)) }
        }
    }

    /// The text of a claim, unescaped; nil when it is no string or not there.
    package func string(_ name: StaticString) -> [UInt8]? {
        object.withUnsafeBytes { bytes in
            guard let value = member(name, bytes)?.value, value.kind == .string else { return nil }
            return value.string(in: bytes)
        }
    }

    private func member(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> JSONMember? {
        found.first { $0.name.equals(name, in: bytes) }
    }
}
