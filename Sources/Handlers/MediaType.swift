internal import SignetRuntime

/// The media type of a body (RFC 9110 section 8.3.1). Valid while its bytes are.
struct MediaType {
    private let text: UnsafeRawBufferPointer
    /// Type and subtype.
    let name: UnsafeRawBufferPointer

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        let end = ";\t ".utf8.reduce(text.count) { min($0, text.index(of: $1, from: 0)) }
        name = UnsafeRawBufferPointer(rebasing: text[..<end])
    }

    /// Whether it is a form of the plain kind. Parameters mean nothing: its registration has none.
    var isForm: Bool { name.isEqualIgnoringCase(to: "application/x-www-form-urlencoded") }

    /// Whether it is a form in parts (RFC 7578).
    var isMultipartForm: Bool { name.isEqualIgnoringCase(to: "multipart/form-data") }

    /// The value of a parameter; nil when there is none, or more than one.
    func parameter(_ name: StaticString) -> [UInt8]? {
        let found = FieldParameters(text).filter {
            $0.name.withUnsafeBytes { $0.isEqualIgnoringCase(to: name) }
        }
        return found.count == 1 ? found[0].value : nil
    }
}

extension Exchange {
    /// Hands what the body is said to be to `body`; nil when nothing is said.
    func withMediaType<Result>(_ body: (MediaType?) -> Result) -> Result {
        guard let value = request.contentType else { return body(nil) }
        return request.bytes.withUnsafeBytes { bytes in
            body(MediaType(UnsafeRawBufferPointer(rebasing: bytes[value])))
        }
    }
}
