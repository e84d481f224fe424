internal import SignetJSON

/// Changes claims as they are kept, `"name":value` with commas between. Not `Sendable`: one for each
/// thread, which keeps its memory.
package final class ClaimsEditor {
    /// Another value for a claim.
    package struct Change {
        let name: StaticString
        /// Where the value, JSON, stands among the bytes that come with the changes.
        let value: Range<Int>

        /// - Parameter name: needs no escapes.
        package init(_ name: StaticString, _ value: Range<Int>) {
            self.name = name
            self.value = value
        }
    }

    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    private var scanner = JSONScanner()
    /// The members as an object, with braces.
    private var object: [UInt8] = []

    package init() {}

    /// Appends the claims to `output` with the changes made: in its place where there is such a
    /// claim, and at the end otherwise.
    ///
    /// - Parameter values: what the changes' values are slices of.
    /// - Returns: false when `members` are not what a request's claims can be.
    package func append(
        _ members: [UInt8], with changes: [Change], _ values: [UInt8], to output: inout [UInt8]
    ) -> Bool {
        object.removeAll(keepingCapacity: object.capacity <= Self.keptBytesMax)
        object.append(UInt8(ascii: "{"))
        object.append(contentsOf: members)
        object.append(UInt8(ascii: "}"))
        return object.withUnsafeBytes { bytes in
            guard let top = try? scanner.scan(bytes), top.kind == .object else { return false }
            values.withUnsafeBytes { copy(bytes, with: changes, $0, to: &output) }
            return true
        }
    }

    private func copy(
        _ bytes: UnsafeRawBufferPointer, with changes: [Change],
        _ values: UnsafeRawBufferPointer, to output: inout [UInt8]
    ) {
        let found = scanner.members
        var copied = 1
        for member in found {
            for change in changes where member.name.equals(change.name, in: bytes) {
                let value = member.value.range
                output.append(contentsOf: slice(bytes, copied..<value.lowerBound))
                output.append(contentsOf: slice(values, change.value))
                copied = value.upperBound
            }
        }
        output.append(contentsOf: slice(bytes, copied..<bytes.count - 1))
        for change in changes {
            let isThere = found.contains { $0.name.equals(change.name, in: bytes) }
            guard !isThere else { continue }
            if !output.isEmpty { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            output.append(literal: change.name)
            output.append(literal: #"":"#)
            output.append(contentsOf: slice(values, change.value))
        }
    }

    private func slice(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }
}
