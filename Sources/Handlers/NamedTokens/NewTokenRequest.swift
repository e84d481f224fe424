internal import SignetJSON

/// The body of a POST to `/token`, checked in the order of named-tokens.md: the fields are there, the
/// life is read, the description is a text that is not blank.
struct NewTokenRequest {
    /// Bytes of a description, in UTF-8. It travels in the token, with every request.
    static let descriptionBytesMax = 1024

    /// In UTF-8; not blank.
    let description: String
    let life: Life

    /// - Parameter lifeSecondsMax: the longest life.
    init(
        _ bytes: UnsafeRawBufferPointer, _ scanner: inout JSONScanner, lifeSecondsMax: Int64
    ) throws(NamedTokensError) {
        guard let top = try? scanner.scan(bytes), top.kind == .object else {
            throw .malformed(Self.notAnObject)
        }
        var description: JSONValue?
        var life: JSONValue?
        for member in scanner.members {
            if member.name.equals("jwt_token_description", in: bytes) {
                description = member.value
            } else if member.name.equals("jwt_token_life", in: bytes) {
                life = member.value
            }
        }
        guard let description, let life else { throw .malformed(Self.fieldIsMissing) }
        self.life = try Self.life(life, bytes, secondsMax: lifeSecondsMax)
        self.description = try Self.description(description, bytes)
    }

    private static func life(
        _ value: JSONValue, _ bytes: UnsafeRawBufferPointer, secondsMax: Int64
    ) throws(NamedTokensError) -> Life {
        let life =
            if value.isString {
                Life(value.string(in: bytes), secondsMax: secondsMax)
            } else {
                value.integer(in: bytes).flatMap { Life(seconds: $0, secondsMax: secondsMax) }
            }
        guard let life else { throw .malformed(lifeIsNotRead) }
        return life
    }

    private static func description(
        _ value: JSONValue, _ bytes: UnsafeRawBufferPointer
    ) throws(NamedTokensError) -> String {
        guard !value.isNull else { throw .descriptionIsTaken }
        guard value.isString else { throw .malformed(descriptionIsNoString) }
        let content = value.string(in: bytes)
        guard content.count <= descriptionBytesMax else { throw .malformed(descriptionIsTooLong) }
        let text = String(decoding: content, as: UTF8.self)
        guard !text.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
            throw .descriptionIsTaken
        }
        return text
    }

    private static let notAnObject: StaticString = """
        The body must be a JSON object with the strings jwt_token_description and jwt_token_life, \
        each once.
        """
    private static let fieldIsMissing: StaticString =
        "Both jwt_token_description and jwt_token_life are required."
    private static let lifeIsNotRead: StaticString = """
        jwt_token_life must be a time such as 6 hours, 30 days, 1h30m or 5:30, or a number of seconds; \
        more than zero, and no longer than the server allows.
        """
    private static let descriptionIsNoString: StaticString =
        "jwt_token_description must be a string."
    private static let descriptionIsTooLong: StaticString =
        "jwt_token_description must not have more than 1024 bytes."
}
