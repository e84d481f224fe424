internal import SignetJSON

/// The claims of a payload that a key of ours has signed, by name. What is not of the kind that is asked for
/// counts as missing. Valid while the payload's bytes are.
struct PayloadClaims {
    private let payload: UnsafeRawBufferPointer
    private let members: [JSONMember]

    /// Nil for what is no JSON object.
    init?(_ payload: UnsafeRawBufferPointer) {
        var scanner = JSONScanner()
        guard let top = try? scanner.scan(payload), top.kind == .object else { return nil }
        self.payload = payload
        members = scanner.members
    }

    var count: Int { members.count }

    func has(_ name: StaticString) -> Bool { value(name) != nil }

    func text(_ name: StaticString) -> [UInt8]? {
        guard let value = value(name), value.isString else { return nil }
        return value.string(in: payload)
    }

    func integer(_ name: StaticString) -> Int64? { value(name)?.integer(in: payload) }

    func id(_ name: StaticString) -> UUID4? {
        text(name).flatMap { $0.withUnsafeBytes { UUID4($0) } }
    }

    /// The id of a user, in decimal.
    func userID(_ name: StaticString) -> Int64? {
        text(name).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    /// An array of texts.
    func texts(_ name: StaticString) -> [[UInt8]]? {
        var scanner = JSONScanner(depthMax: 1)
        guard let value = value(name), value.kind == .array,
            (try? scanner.scan(value.range, of: payload)) != nil,
            scanner.elements.allSatisfy(\.isString)
        else { return nil }
        return scanner.elements.map { $0.string(in: payload) }
    }

    private func value(_ name: StaticString) -> JSONValue? {
        members.first { $0.name.equals(name, in: payload) }?.value
    }
}
