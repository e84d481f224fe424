/// The textual form of DER (RFC 7468). OpenSSL reads it; writing is simpler than asking.
enum PEM {
    /// Characters of a full line (RFC 7468 section 2).
    private static let lineLength = 64

    static func encode(_ der: UnsafeRawBufferPointer, label: String) -> [UInt8] {
        let body = Base64.encode(der)
        var text: [UInt8] = []
        text.reserveCapacity(body.count + body.count / lineLength + 2 * label.utf8.count + 40)
        text += "-----BEGIN \(label)-----\n".utf8
        var start = 0
        while start < body.count {
            let end = min(start + lineLength, body.count)
            text += body[start..<end]
            text.append(UInt8(ascii: "\n"))
            start = end
        }
        text += "-----END \(label)-----\n".utf8
        return text
    }
}
