/// Base64 with padding (RFC 4648 section 4): PEM bodies, the `public_key` of the app API and the
/// master key in the environment. JOSE uses `Base64URL`.
package enum Base64 {
    private static let padding = UInt8(ascii: "=")

    /// Characters of `byteCount` bytes, padding included.
    package static func encodedLength(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// The characters of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { encode($0) }
    }

    /// The characters of `bytes`.
    package static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        // As in `Base64URL.encode`.
        guard !bytes.isEmpty else { return [] }
        let length = encodedLength(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: length) { output, count in
            guard let start = output.baseAddress else { return }
            count = Base64Alphabet.standard.encode(bytes, into: start)
            while count < length {
                start[count] = padding
                count += 1
            }
        }
    }

    /// The bytes of `text`; nil unless it is padded, without white space, and the only text of its
    /// bytes.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        return text.withUnsafeBytes { decode($0, appendingTo: &bytes) } ? bytes : nil
    }

    /// Appends the bytes of `text` to `output`; false, with nothing appended, unless it is padded,
    /// without white space, and the only text of its bytes.
    package static func decode(
        _ text: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]
    ) -> Bool {
        guard text.count & 3 == 0 else { return false }
        guard !text.isEmpty else { return true }
        let paddingCount = text.suffix(2).reversed().prefix { $0 == padding }.count
        let body = UnsafeRawBufferPointer(rebasing: text.dropLast(paddingCount))
        var isValid = true
        output.append(addingCapacity: Base64URL.decodedLength(body.count)) { room in
            room.withUnsafeMutableBufferPointer { room, count in
                guard let start = room.baseAddress,
                    let written = Base64Alphabet.standard.decode(body, into: start + count)
                else { return isValid = false }
                count += written
            }
        }
        return isValid
    }
}
