internal import COpenSSL

/// A chain of MACs over the lines of a log: each is over the one before it and its own line (HMAC-SHA-256, RFC 2104),
/// so that no line can be changed, left out, put in or moved without the key. One for each thread.
package final class LineChain {
    /// Bytes of a MAC.
    package static let length = 32
    /// What comes before the first line.
    package static let start = [UInt8](repeating: 0, count: length)

    private let hmac: HMAC
    private var message: [UInt8] = []

    /// - Parameter key: at least 32 bytes.
    package init(key: SecretBytes) throws(CryptoError) {
        hmac = try HMAC(.sha256, secret: key)
    }

    /// The MAC of a line that follows one whose MAC is `previous`.
    package func mac(of line: UnsafeRawBufferPointer, after previous: [UInt8]) -> [UInt8] {
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: previous)
        message.append(contentsOf: line)
        return message.withUnsafeBytes { message in
            [UInt8](unsafeUninitializedCapacity: Self.length) { tag, count in
                guard let start = tag.baseAddress else { return }
                hmac.authenticate(message, into: start)
                count = Self.length
            }
        }
    }
}
