internal import SignetJSON

/// Copies members of an object as their caller wrote them: those with nothing but a comma between go
/// together, by one copy.
struct MemberRun {
    private let bytes: UnsafeRawBufferPointer
    private var range = 0..<0

    /// - Parameter bytes: the object that was scanned. Valid as long as the run is used.
    init(in bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Appends a member to `output`, now or with those that follow.
    mutating func append(_ member: JSONMember, to output: inout [UInt8]) {
        if !range.isEmpty, member.range.lowerBound == range.upperBound + 1 {
            range = range.lowerBound..<member.range.upperBound
        } else {
            flush(to: &output)
            range = member.range
        }
    }

    /// Appends what is left, behind a comma unless it is the first in `output`.
    mutating func flush(to output: inout [UInt8]) {
        guard !range.isEmpty else { return }
        if !output.isEmpty { output.append(UInt8(ascii: ",")) }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
        range = 0..<0
    }
}
