import Foundation
import TestSupport

/// An app on a server, and what its owner does with it.
struct AppAccount: Sendable {
    let id: String
    let key: String

    /// The body that the tests sign, of what the contract requires and a claim of its own.
    static func body(subject: String = "ada@example.org", agent: String = "tests") -> String {
        #"{"sub":"\#(subject)","aud":"web","ip":"192.0.2.7","useragent":"\#(agent)","n":1.50}"#
    }

    /// Makes an app as the owner of the root key does.
    static func create(
        on server: SignetProcess, algorithm: String = "ES256", keyType: String = "ECDSA",
        graceSeconds: Int = 10
    ) throws -> AppAccount {
        try create(
            on: server.connect(), rootKey: server.rootKey, algorithm: algorithm, keyType: keyType,
            graceSeconds: graceSeconds)
    }

    /// Makes an app by a connection to any server.
    static func create(
        on connection: HTTPConnection, rootKey: String?, algorithm: String = "ES256",
        keyType: String = "ECDSA", graceSeconds: Int = 10
    ) throws -> AppAccount {
        let answer = try connection.call(
            "POST", "/root/create", key: rootKey,
            body: #"""
                {"name":"tests","token_expire":3600,"refresh_expire":7200,"key_type":"\#(keyType)",
                "algo":"\#(algorithm)","rotation_period":31536000,
                "refresh_grace":\#(graceSeconds)}
                """#)
        guard answer.status == 200, let id = answer.object?["app_id"] as? String,
            let key = answer.object?["app_key"] as? String
        else { throw UnexpectedAnswer(description: "create: \(answer)") }
        return AppAccount(id: id, key: key)
    }

    /// Asks for a pair; whatever the answer is.
    func sign(
        on connection: HTTPConnection, body: String = AppAccount.body()
    ) throws -> HTTPAnswer {
        try connection.call("POST", "/app/\(id)/sign", key: key, body: body)
    }

    /// Signs a pair.
    func pair(on connection: HTTPConnection) throws -> TokenPair {
        try TokenPair(try sign(on: connection))
    }

    /// Whether the server says that `token` is good.
    func verifies(_ token: String, on connection: HTTPConnection) throws -> Bool {
        let answer = try connection.call(
            "POST", "/app/\(id)/verify", key: key, body: #"{"token":"\#(token)"}"#)
        guard answer.status == 200, let verified = answer.object?["verified"] as? Bool else {
            throw UnexpectedAnswer(description: "verify: \(answer)")
        }
        return verified
    }
}

/// An answer that the contract does not have.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String
}

/// The answer of `sign`: exactly its four fields.
struct TokenPair: Sendable {
    static let names: Set = ["key_id", "public_key", "auth_token", "refresh_token"]

    /// Those that are texts: `public_key` is null for the HS algorithms.
    let fields: [String: String]

    var authToken: String { fields["auth_token"] ?? "" }
    var refreshToken: String { fields["refresh_token"] ?? "" }

    init(_ answer: HTTPAnswer) throws {
        guard answer.status == 200, let object = answer.object, Set(object.keys) == Self.names
        else {
            throw UnexpectedAnswer(description: "sign: \(answer)")
        }
        fields = object.compactMapValues { $0 as? String }
    }

    /// The shard that made the session, read from the text of the ULID `jid`: bits 8 to 15 of the 64
    /// above its random ones.
    func shard() throws -> Int {
        let parts = authToken.split(separator: ".")
        var payload = parts.count == 3 ? String(parts[1]) : ""
        payload = payload.replacing("-", with: "+").replacing("_", with: "/")
        payload += String(repeating: "=", count: (4 - payload.utf8.count % 4) % 4)
        let object = Data(base64Encoded: payload).flatMap {
            try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
        }
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        // 26 digits of 5 bits are 130, two of them above the 128: digit 10 ends at bit 80, counted
        // from the lowest, and digits 10 to 12 hold bits 65 to 79. The shard is bits 72 to 79.
        guard let id = (object?["jid"] as? String).map(Array.init), id.count == 26,
            let upper = alphabet.firstIndex(of: id[10]), let lower = alphabet.firstIndex(of: id[11])
        else { throw UnexpectedAnswer(description: "no jid in \(authToken)") }
        return upper << 3 | lower >> 2
    }
}
