import Foundation
import TestSupport

/// A file of C2SP/wycheproof. They are not part of the project: `SIGNET_VECTORS` or
/// `../shared/vectors` says where they are.
struct Wycheproof: Decodable {
    struct Group: Decodable {
        let publicKeyDer: String?
        let publicKeyPem: String?
        let publicKeyJwk: [String: String]?
        let tagSize: Int?
        let comment: String?
        let `private`: KeySet?
        let `public`: KeySet?
        let tests: [Case]
    }

    struct KeySet: Codable {
        let keys: [[String: String]]
    }

    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let flags: [String]
        let key: String?
        let msg: String?
        let tag: String?
        let sig: String?
        let jws: String?
        let result: String
    }

    let testGroups: [Group]

    /// The folder with the files.
    static let folder: URL = {
        let named = ProcessInfo.processInfo.environment["SIGNET_VECTORS"]
        return named.map { URL(fileURLWithPath: $0) }
            ?? Python.packageRoot.deletingLastPathComponent().appending(path: "shared/vectors")
    }()

    /// Whether the folder is there.
    static let isAvailable = FileManager.default.fileExists(
        atPath: folder.appending(path: "ed25519_test.json").path)

    static let absence = "no Wycheproof vectors: set SIGNET_VECTORS to their folder"

    static func load(_ file: String) throws -> Wycheproof {
        let data = try Data(contentsOf: folder.appending(path: file))
        return try JSONDecoder().decode(Wycheproof.self, from: data)
    }
}

/// The bytes of a hexadecimal text.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] * 16 + digits[$0 + 1])
    }
}
