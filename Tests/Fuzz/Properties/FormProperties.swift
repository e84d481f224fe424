@testable import SignetHandlers

/// `application/x-www-form-urlencoded`: what is decoded, encoded again in full, is decoded to the same; and the
/// readers of the dialects keep to their limits.
enum FormProperties {
    static func check(_ input: UnsafeRawBufferPointer) throws(Violation) {
        // What the pairs are made of is all of the input but its separators.
        var text: [UInt8] = []
        for (name, value) in FormPairs(input) {
            text += Array(name) + Array(value)
        }
        let separators = [UInt8(ascii: "&"), UInt8(ascii: "=")]
        try require(
            text.filter { !separators.contains($0) }.elementsEqual(
                input.filter { !separators.contains($0) }), "bytes were lost")
        for (name, value) in FormPairs(input) {
            for part in [name, value] { try checkDecoding(part) }
        }
        try checkReaders(input)
    }

    private static func checkDecoding(_ part: UnsafeRawBufferPointer) throws(Violation) {
        guard let decoded = decode(part) else { return }
        var encoded: [UInt8] = []
        for byte in decoded {
            let digits = Array(String(byte, radix: 16).utf8)
            encoded += [UInt8(ascii: "%")] + (byte < 16 ? [UInt8(ascii: "0")] : []) + digits
        }
        let again = encoded.withUnsafeBytes { decode($0) }
        try require(again == decoded, "\(decoded) became \(String(describing: again))")
        let percents = part.count { $0 == UInt8(ascii: "%") }
        try require(decoded.count == part.count - 2 * percents, "an escape is three bytes")
    }

    private static func decode(_ part: UnsafeRawBufferPointer) -> [UInt8]? {
        var text: [UInt8] = []
        guard let range = try? text.append(formText: part) else { return nil }
        return Array(text[range])
    }

    private static func checkReaders(_ input: UnsafeRawBufferPointer) throws(Violation) {
        if let form = try? SignInForm(urlEncoded: input) {
            for field in SignInForm.Field.allCases {
                let count = form[field]?.count ?? 1
                try require((1...SignInForm.valueBytesMax).contains(count), "a value is too long")
            }
        }
        let body = FormBody()
        guard (try? body.read(input)) != nil else { return }
        for parameter in FormBody.Parameter.allCases {
            let count = body.withValue(parameter) { $0.count }
            try require((count != nil) == body.has(parameter), "has and withValue differ")
        }
    }
}
