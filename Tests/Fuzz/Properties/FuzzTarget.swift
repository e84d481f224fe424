/// What is fuzzed. The raw value is the name in `scripts/fuzz` and of the folder in `Corpus`.
enum FuzzTarget: String, CaseIterable, Sendable {
    case http
    case multipart
    case form
    case json
    case jws
    case jwk
    case base64url
    case life
    case settings
    case cookies
    case forwarded
}

/// A property that did not hold for some input.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws, with the text, unless a property holds.
func require(_ holds: Bool, _ text: @autoclosure () -> String) throws(Violation) {
    guard holds else { throw Violation(text()) }
}
