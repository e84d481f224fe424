/// Texts in `application/x-www-form-urlencoded` (WHATWG URL standard, section 5).
enum FormText {
    /// `text` with everything percent-encoded but what RFC 3986 calls unreserved.
    static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += (byte < 16 ? "%0" : "%") + hex
            }
        }
    }
}
