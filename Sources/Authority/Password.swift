internal import SignetCrypto

/// A password as somebody typed or sent it, wiped when the last owner lets go of it, and never
/// printed.
package struct Password: Sendable {
    /// Characters (Unicode scalars) that a new password has.
    package static let characters = 6...72

    let secret: SecretBytes

    /// A copy of `bytes`, which stay the caller's to wipe.
    package init(_ bytes: [UInt8]) {
        secret = SecretBytes(bytes)
    }

    /// A copy of `bytes`, which stay the caller's to wipe.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count) { target in
            target.copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// As many bytes as `body` returns having written into a buffer of `capacity` bytes, so that
    /// there is no copy that nobody wipes.
    package init(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        secret = SecretBytes(capacity: capacity, body)
    }

    /// How many bytes there are.
    package var byteCount: Int { secret.count }

    /// Whether a user may have it: UTF-8 of 6 to 72 characters.
    package var isAcceptable: Bool {
        withBytes { bytes in
            var count = 0
            var decoder = UTF8()
            var iterator = bytes.makeIterator()
            while true {
                switch decoder.decode(&iterator) {
                case .scalarValue: count += 1
                case .emptyInput: return Self.characters.contains(count)
                case .error: return false
                }
            }
        }
    }

    /// The bytes, valid during the call of `body`.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try secret.withBytes(body)
    }
}

extension Password: Equatable {
    /// In a time that depends on the lengths only.
    package static func == (left: Self, right: Self) -> Bool {
        left.withBytes { left in right.withBytes { right in constantTimeEqual(left, right) } }
    }
}

extension Password: CustomStringConvertible, CustomReflectable {
    /// Says what it is and not which.
    package var description: String { "Password(hidden)" }

    /// Empty, so that `dump` shows no bytes.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
