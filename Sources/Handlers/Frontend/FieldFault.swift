internal import SignetJSON

/// What is wrong with one field of a request, in the words of `context` (frontend.md, the table of
/// errors): `{"body":["#/email: …"]}`.
struct FieldFault: Equatable {
    /// Where a field stands, in the order in which `context` has them.
    enum Place: CaseIterable {
        case path, query, body

        fileprivate var name: StaticString {
            switch self {
            case .path: "path"
            case .query: "query"
            case .body: "body"
            }
        }
    }

    let place: Place
    /// The field's name as the request spells it; empty for the whole.
    let name: String
    /// What is accepted, for the developer of the client. It repeats nothing of what was sent.
    let text: String

    init(_ place: Place, _ name: StaticString, _ text: String) {
        self.place = place
        self.name = "\(name)"
        self.text = text
    }
}

extension [UInt8] {
    /// Appends `context`, an object with a list for each place that has faults.
    mutating func append(context faults: [FieldFault]) {
        append(UInt8(ascii: "{"))
        var isFirst = true
        for place in FieldFault.Place.allCases {
            let here = faults.filter { $0.place == place }
            guard !here.isEmpty else { continue }
            append(literal: isFirst ? "\"" : ",\"")
            isFirst = false
            append(literal: place.name)
            append(literal: "\":[")
            for (index, fault) in here.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(
                    jsonString: fault.name.isEmpty
                        ? "#: \(fault.text)" : "#/\(fault.name): \(fault.text)")
            }
            append(UInt8(ascii: "]"))
        }
        append(UInt8(ascii: "}"))
    }
}
