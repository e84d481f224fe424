import Testing

/// One row of the contract's tables: a request, and exactly what answers it.
struct Row: Sendable, CustomTestStringConvertible {
    enum Key: Sendable {
        case app, root, none
        case text(String)
    }

    let name: String
    var method = "POST"
    /// `{app}` stands for the id of the suite's app.
    var path: String
    var key = Key.app
    var body: [UInt8]?
    var fields: [String] = []
    var status = 400
    let text: String

    init(
        _ name: String, _ method: String, _ path: String, key: Key = .app, fields: [String] = [],
        status: Int, _ text: String
    ) {
        self.name = name
        self.method = method
        self.path = path
        self.key = key
        self.fields = fields
        self.status = status
        self.text = text
    }

    /// A body that is refused with status 400.
    init(_ name: String, _ path: String, key: Key = .app, body: [UInt8], _ text: String) {
        self.name = name
        self.path = path
        self.key = key
        self.body = body
        self.text = text
    }

    init(_ name: String, _ path: String, key: Key = .app, body: String, _ text: String) {
        self.init(name, path, key: key, body: Array(body.utf8), text)
    }

    var testDescription: String { "\(method) \(path): \(name)" }

    /// Sends the request to `server` and compares the answer.
    func check(_ server: TestServer, _ app: TestApp) async throws -> Answer {
        let shown: String? =
            switch key {
            case .app: app.key
            case .root: TestServer.rootKey
            case .none: nil
            case .text(let text): text
            }
        let answer = try await server.call(
            method, path.replacing("{app}", with: app.id), key: shown, body: body, fields: fields)
        #expect(answer.status == status)
        #expect(answer.text == text)
        #expect(answer.field("content-length") == ["\(text.utf8.count)"])
        return answer
    }
}

/// The dialect's error shapes.
enum Errors {
    static let format =
        #"{"errors":{"error_field":"","error_message":"invalid json format"}}"#
    static let type =
        #"{"errors":{"error_field":"","error_message":"invalid json data type"}}"#
    static let empty = #"{"errors":"empty request body"}"#

    static let required = "This field is required."
    static let address = "This field requires a valid ipv4 or ipv6 address."
    static let token = "This field requires a valid jwt token."
    static let choice = "This field accepts preconfigured values only."
    static let letters = "This field accepts alpha, numbers & spaces only."
    static func minimum(_ value: Int) -> String {
        "This field accepts the minimum value of \(value)"
    }
    static func maximum(_ value: Int) -> String {
        "This field accepts the maximum value of \(value)"
    }

    static func fields(_ errors: (String, String)...) -> String {
        let items = errors.map { #"{"error_field":"\#($0.0)","error_message":"\#($0.1)"}"# }
        return #"{"errors":[\#(items.joined(separator: ","))]}"#
    }
}
