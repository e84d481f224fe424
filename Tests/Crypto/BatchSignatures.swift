@testable import SignetCrypto

/// The signatures of `messages`, which lie in one piece of memory as a `TokenBuffer` has them, made by
/// `sign` as one batch.
///
/// - Parameter length: bytes of a signature.
func batchSignatures(
    _ messages: [[UInt8]], length: Int,
    _ sign: (UnsafeBufferPointer<SigningInput>) throws -> Void
) throws -> [[UInt8]] {
    var output = [UInt8](repeating: 0, count: messages.count * length)
    let joined = messages.flatMap { $0 }
    try output.withUnsafeMutableBytes { output in
        try joined.withUnsafeBytes { joined in
            var start = 0
            let inputs = messages.enumerated().map { index, message in
                defer { start += message.count }
                return SigningInput(
                    message: .init(rebasing: joined[start..<start + message.count]),
                    signature: output.baseAddress! + index * length)
            }
            try inputs.withUnsafeBufferPointer { try sign($0) }
        }
    }
    return messages.indices.map { Array(output[$0 * length..<($0 + 1) * length]) }
}
