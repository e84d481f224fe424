internal import SignetRuntime

/// The parameters of a request to the OAuth endpoints: `application/x-www-form-urlencoded`, read
/// strictly (RFC 6749 section 3.2 and appendix B). Kept and read again, so that it allocates
/// nothing in the long run.
final class FormBody {
    /// The parameters that have a meaning; all others are ignored, as section 3.2 asks for.
    enum Parameter: Int, CaseIterable {
        case grantType, clientID, clientSecret, scope, audience, refreshToken, token

        fileprivate var name: StaticString {
            switch self {
            case .grantType: "grant_type"
            case .clientID: "client_id"
            case .clientSecret: "client_secret"
            case .scope: "scope"
            case .audience: "audience"
            case .refreshToken: "refresh_token"
            case .token: "token"
            }
        }
    }

    /// Parameters in one body, of whatever name. How long it is, the server's `limits.body_bytes`
    /// says.
    private static let parametersMax = 64
    /// Values of `resource` in one body.
    private static let resourcesMax = 8
    /// More memory than this is given back when a body does not need it.
    private static let keptBytesMax = 32 * 1024

    private static let resource: StaticString = "resource"

    /// The decoded names and values.
    private var text: [UInt8] = []
    private var values = InlineArray<7, Range<Int>?>(repeating: nil)
    private var resources: [Range<Int>] = []

    /// How many values of `resource` there are, the only parameter that may be repeated (RFC 8707
    /// section 2).
    var resourceCount: Int { resources.count }

    /// Reads a body in place of the one before.
    func read(_ bytes: UnsafeRawBufferPointer) throws(OAuthError) {
        text.removeAll(keepingCapacity: text.capacity <= Self.keptBytesMax)
        values = InlineArray(repeating: nil)
        resources.removeAll(keepingCapacity: true)
        var count = 0
        for (name, value) in FormPairs(bytes) {
            count += 1
            guard count <= Self.parametersMax else { throw OAuthError(.tooManyFields) }
            try readParameter(name, value)
        }
    }

    /// Hands the value of a parameter to `body`; nil when there is none, or an empty one, which
    /// counts as none (RFC 6749 section 3.2).
    func withValue<Result, Failure: Error>(
        _ parameter: Parameter, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let range = values[parameter.rawValue], !range.isEmpty else { return nil }
        return try withText(range, body)
    }

    /// Hands the value of `resource` with this index to `body`.
    func withResource<Result, Failure: Error>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withText(resources[index], body)
    }

    /// Whether a parameter has a value.
    func has(_ parameter: Parameter) -> Bool { !(values[parameter.rawValue]?.isEmpty ?? true) }

    /// Whether the value of a parameter is `literal`.
    func value(of parameter: Parameter, is literal: StaticString) -> Bool {
        withValue(parameter) { $0.isEqual(to: literal) } ?? false
    }

    private func withText<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try text.withUnsafeBufferPointer { text throws(Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[range])))
        }
    }

    private func readParameter(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(OAuthError) {
        let name = try decode(name)
        let parameter = Parameter.allCases.first { isText(name, $0.name) }
        guard let parameter else {
            if isText(name, Self.resource) { return try readResource(value) }
            // Ignored, but the body must be a form.
            _ = try decode(value)
            return
        }
        guard values[parameter.rawValue] == nil else {
            throw OAuthError(.repeatedField)
        }
        let isSecret = parameter == .clientSecret
        // Kept when empty: a second one is a repetition all the same.
        values[parameter.rawValue] = try decode(
            value, plus: isSecret ? UInt8(ascii: "+") : UInt8(ascii: " "))
    }

    private func readResource(_ value: UnsafeRawBufferPointer) throws(OAuthError) {
        guard resources.count < Self.resourcesMax else {
            throw .invalidTarget("There are too many resources.")
        }
        let range = try decode(value)
        if !range.isEmpty { resources.append(range) }
    }

    /// Appends the decoded form of `bytes` to `text`.
    ///
    /// - Parameter plus: what a plus sign stands for. In an app key it stands for itself: such a key
    ///   holds no space, and clients that don't encode it are common.
    private func decode(
        _ bytes: UnsafeRawBufferPointer, plus: UInt8 = UInt8(ascii: " ")
    ) throws(OAuthError) -> Range<Int> {
        do throws(FormRefusal) {
            return try text.append(formText: bytes, plus: plus)
        } catch {
            throw OAuthError(error)
        }
    }

    private func isText(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        range.count == literal.utf8CodeUnitCount
            && withText(range) { $0.isEqual(to: literal) }
    }
}
