import Foundation

/// A token taken apart by Foundation, for comparing its texts.
struct TokenText {
    enum Failure: Error {
        case malformed(String)
    }

    let header: String
    let claims: String

    init(_ token: String) throws {
        let segments = token.components(separatedBy: ".")
        guard segments.count == 3 else { throw Failure.malformed(token) }
        header = try Self.decode(segments[0])
        claims = try Self.decode(segments[1])
    }

    /// The session and its time, which tests can't know beforehand.
    func times() throws -> (id: String, issued: Int64) {
        let value = try JSONSerialization.jsonObject(
            with: Data(claims.replacing("1e400", with: "0").utf8))
        guard let object = value as? [String: Any], let id = object["jid"] as? String,
            let issued = object["iat"] as? Int64
        else { throw Failure.malformed(claims) }
        return (id, issued)
    }

    private static func decode(_ segment: String) throws -> String {
        var text = segment.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        guard let data = Data(base64Encoded: text) else { throw Failure.malformed(segment) }
        return String(decoding: data, as: UTF8.self)
    }
}
