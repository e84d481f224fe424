/// Why a body is no form that we read. The texts are for the developer of the client, without quotes and
/// backslashes; they repeat nothing of what was sent.
enum FormRefusal: Error, Equatable {
    case malformed(StaticString)
    case tooManyFields
    case repeatedField
    /// A value is longer than any that has a meaning.
    case valueTooLong

    var text: StaticString {
        switch self {
        case .malformed(let text): text
        case .tooManyFields: "There are too many parameters."
        case .repeatedField: "A parameter is repeated."
        case .valueTooLong: "A parameter is too long."
        }
    }

    static func == (left: FormRefusal, right: FormRefusal) -> Bool {
        "\(left.text)" == "\(right.text)"
    }
}
