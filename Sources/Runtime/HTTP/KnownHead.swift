internal import Glibc

/// What a handler found out by a request's head alone. It stays with the connection and comes along with
/// every request that has the same head, byte for byte, until another head is kept.
///
/// `@unchecked Sendable`: touched only on the connection's loop.
package final class HeadNote: @unchecked Sendable {
    package var finding: AnyObject?
}

/// The head that a connection sent last, and what was read out of it. Clients that keep their connections
/// mostly send the same head again, byte for byte, and what it says depends on nothing else.
struct KnownHead {
    /// Longer heads are read anew each time, so that idle connections hold on to little memory.
    private static let bytesMax = 1024

    /// As it came.
    private var head: [UInt8] = []
    /// What was read out of it. Its arrays are kept apart, to be copied into those that a request has.
    private var request = Request()
    private var bytes: [UInt8] = []
    private var fields: [Request.Field] = []
    private(set) var bodyLength = 0
    private var note: HeadNote?

    /// Most requests that go by unkept between two heads that are.
    private static let pauseMax = 63
    /// Whether the head came again.
    private var isRepeated = false
    /// How many requests go by until another head is kept, and how many have. A client that never sends
    /// the same head twice does not pay for keeping each.
    private var pause = 0
    private var passed = 0

    /// Keeps a head in place of the one before, or lets it go by.
    ///
    /// - Parameters:
    ///   - head: as it came, with its empty line.
    ///   - request: what was read out of it; it has no body yet. It gets a note if the head is kept.
    mutating func keep(_ head: UnsafeRawBufferPointer, _ request: inout Request, bodyLength: Int) {
        guard passed >= pause else { return passed += 1 }
        passed = 0
        pause = isRepeated ? 0 : min(pause * 2 + 1, Self.pauseMax)
        isRepeated = false
        self.head.removeAll(keepingCapacity: true)
        note = nil
        guard head.count <= Self.bytesMax else { return }
        self.head.append(contentsOf: head)
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: request.bytes)
        fields.removeAll(keepingCapacity: true)
        fields.append(contentsOf: request.fields)
        self.request.takeFacts(of: request)
        self.bodyLength = bodyLength
        note = HeadNote()
        request.note = note
    }

    /// Fills `request`, which is empty, if `input` begins with the head, and returns how many bytes that
    /// is; nil otherwise.
    mutating func read(_ input: Slice<UnsafeRawBufferPointer>, into request: inout Request) -> Int?
    {
        let count = head.count
        guard count > 0, input.count >= count, let start = input.base.baseAddress else {
            return nil
        }
        let isSame = head.withUnsafeBytes { head in
            head.baseAddress.map { memcmp(start + input.startIndex, $0, count) == 0 } ?? false
        }
        guard isSame else { return nil }
        isRepeated = true
        request.bytes.append(contentsOf: bytes)
        request.fields.append(contentsOf: fields)
        request.takeFacts(of: self.request)
        request.note = note
        return count
    }
}
