internal import SignetJSON

/// The JSON object of a request's body, scanned. Valid while the bytes are.
struct RequestBody {
    let bytes: UnsafeRawBufferPointer
    let members: [JSONMember]

    /// Scans `bytes`; `null` counts as an empty object.
    init(_ bytes: UnsafeRawBufferPointer, _ scanner: inout JSONScanner) throws(AppsError) {
        try self.init(bytes, 0..<bytes.count, &scanner)
    }

    /// Scans the part `range` of `bytes` as if it were a body of its own.
    init(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ scanner: inout JSONScanner
    ) throws(AppsError) {
        self.bytes = bytes
        let top: JSONValue
        do throws(JSONError) {
            top = try scanner.scan(range, of: bytes)
        } catch {
            throw error.reason == .empty ? .emptyBody : .invalidJSON
        }
        switch top.kind {
        case .object, .null: members = scanner.members
        default: throw .invalidType
        }
    }

    /// The value of a member; nil when it is absent or null.
    subscript(_ name: StaticString) -> JSONValue? {
        for member in members where member.name.equals(name, in: bytes) {
            return member.value.isNull ? nil : member.value
        }
        return nil
    }

    /// A string member; nil when it is absent or null.
    func string(_ name: StaticString) throws(AppsError) -> JSONValue? {
        guard let value = self[name] else { return nil }
        guard value.isString else { throw .invalidType }
        return value
    }

    /// An integer member; nil when it is absent or null. `3600.0` and `1e3` are no integers.
    func integer(_ name: StaticString) throws(AppsError) -> Int64? {
        guard let value = self[name] else { return nil }
        guard let number = value.integer(in: bytes) else { throw .invalidType }
        return number
    }
}

extension JSONValue {
    /// The content of a string, unescaped. Most of those that the dialect looks at, such as tokens
    /// and addresses, need no escapes, but may be written with them.
    func withString<Result>(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        hasEscapes ? string(in: bytes).withUnsafeBytes(body) : body(content(in: bytes))
    }
}
