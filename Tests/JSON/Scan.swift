import SignetJSON

/// What a scanner made of a document, with the bytes that its values are slices of.
struct Scan {
    let bytes: [UInt8]
    let result: Result<JSONValue, JSONError>
    let members: [JSONMember]
    let elements: [JSONValue]

    init(_ bytes: [UInt8], depthMax: Int = 64) {
        var scanner = JSONScanner(depthMax: depthMax)
        self.bytes = bytes
        result = bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try scanner.scan(bytes) }
        }
        members = scanner.members
        elements = scanner.elements
    }

    init(_ text: String, depthMax: Int = 64) {
        self.init([UInt8](text.utf8), depthMax: depthMax)
    }

    var error: JSONError? {
        if case .failure(let error) = result { error } else { nil }
    }

    var reason: JSONError.Reason? { error?.reason }
    var kind: JSONValue.Kind? { try? result.get().kind }

    /// The document's bytes at `range`, as text.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The unescaped content of the document, which must be a string.
    func string() throws -> String {
        let value = try result.get()
        return String(decoding: bytes.withUnsafeBytes { value.string(in: $0) }, as: UTF8.self)
    }

    func integer() throws -> Int64? {
        let value = try result.get()
        return bytes.withUnsafeBytes { value.integer(in: $0) }
    }

    func equals(_ literal: StaticString) throws -> Bool {
        let value = try result.get()
        return bytes.withUnsafeBytes { value.equals(literal, in: $0) }
    }
}
