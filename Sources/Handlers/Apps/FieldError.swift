/// What is wrong with one field of a request, in the dialect's words.
struct FieldError: Equatable {
    enum Reason: Equatable {
        case required
        case address
        case token
        case choice
        case minimum(Int64)
        case maximum(Int64)
        case name

        var text: String {
            switch self {
            case .required: "This field is required."
            case .address: "This field requires a valid ipv4 or ipv6 address."
            case .token: "This field requires a valid jwt token."
            case .choice: "This field accepts preconfigured values only."
            case .minimum(let value): "This field accepts the minimum value of \(value)"
            case .maximum(let value): "This field accepts the maximum value of \(value)"
            case .name: "This field accepts alpha, numbers & spaces only."
            }
        }
    }

    /// The field's name as the request spells it.
    let name: String
    let reason: Reason

    init(_ name: String, _ reason: Reason) {
        self.name = name
        self.reason = reason
    }
}
