internal import SignetJSON

/// The claims of a session as they are kept, `"name":value` with commas between, taken apart.
package struct ClaimMembers {
    /// The members as an object, with braces.
    private let object: [UInt8]
    private let found: [JSONMember]

    /// The claims as they are kept.
    package var members: [UInt8] { Array(object.dropFirst().dropLast()) }

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

    /// The claims, as they are kept, with another value for one of them: in its place, or at the end.
    ///
    /// - Parameter value: JSON.
    package func replacing(_ name: StaticString, with value: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(object.count + value.count + name.utf8CodeUnitCount + 4)
        object.withUnsafeBytes { bytes in
            let inner = 1..<bytes.count - 1
            if let range = member(name, bytes)?.value.range {
                result.append(contentsOf: bytes[inner.lowerBound..<range.lowerBound])
                result.append(contentsOf: value)
                result.append(contentsOf: bytes[range.upperBound..<inner.upperBound])
            } else {
                result.append(contentsOf: bytes[inner])
                if !inner.isEmpty { result.append(UInt8(ascii: ",")) }
                result.append(UInt8(ascii: "\""))
                result.append(literal: name)
                result.append(literal: #"":"#)
                result.append(contentsOf: value)
            }
        }
        return result
    }

    private func member(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> JSONMember? {
        found.first { $0.name.equals(name, in: bytes) }
    }
}
