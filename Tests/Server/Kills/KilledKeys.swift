import Foundation
import TestSupport

/// The keys of an app: its app key is replaced, its signing keys are replaced and revoked, its sessions
/// flushed.
///
/// `@unchecked Sendable`: as `KilledClient` says.
final class KilledKeys: KilledClient, @unchecked Sendable {
    private static let tokensKept = 40

    private var app: AppAccount
    private var replacedKeys: [String] = []
    private var alive: [TokenPair] = []
    private var dead: [TokenPair] = []
    private var isKeyInDoubt = false
    /// A call is in doubt that ends all of `alive`.
    private var isEndInDoubt = false

    init(app: AppAccount) {
        self.app = app
    }

    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void
    ) throws {
        let connection = try server.connect()
        while true {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                alive.append(try app.pair(on: connection))
                answered()
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try replaceKey(server, connection)
            case 1: try endAll("GET", "rotate/pki", server, connection)
            case 2: try endAll("DELETE", "flush", server, connection)
            default:
                let key = alive.last?.fields["key_id"] ?? ""
                try endAll("DELETE", "revoke/\(key)", server, connection)
            }
            answered()
        }
    }

    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool
    ) throws {
        let connection = try server.connect()
        if isKeyInDoubt {
            let status = try app.sign(on: connection).status
            try expect(status == 200 || status == 403, "an app key in doubt gets \(status)")
            // Nobody knows the new one, if there is one.
            try replaceKey(server, connection)
        }
        for key in replacedKeys {
            let answer = try connection.call("GET", "/app/\(app.id)", key: key)
            try expect(answer.status == 403, "a replaced app key is good again: \(answer)")
        }
        let verified = try alive.map { try app.verifies($0.authToken, on: connection) }
        if isEndInDoubt {
            try expect(Set(verified).count < 2, "an end of all sessions in doubt is half")
            if verified.first == false { endedAll() }
            isEndInDoubt = false
        } else {
            try expect(!verified.contains(false), "a key does not verify any more what it signed")
        }
        for pair in dead {
            try expect(
                try !app.verifies(pair.refreshToken, on: connection), "an ended token is good again"
            )
        }
        let pair = try app.pair(on: connection)
        try expect(try app.verifies(pair.authToken, on: connection), "a new pair does not verify")
        alive.append(pair)
    }

    private func replaceKey(_ server: KilledServer, _ connection: HTTPConnection) throws {
        isKeyInDoubt = true
        let answer = try connection.call(
            "GET", "/root/\(app.id)/rotate/key", key: server.rootKey)
        guard answer.status == 200, let key = answer.object?["app_key"] as? String else {
            throw Lost(description: "no new app key: \(answer)")
        }
        replacedKeys = (replacedKeys + [app.key]).suffix(5)
        app = AppAccount(id: app.id, key: key)
        isKeyInDoubt = false
    }

    private func endAll(
        _ method: String, _ path: String, _ server: KilledServer, _ connection: HTTPConnection
    ) throws {
        isEndInDoubt = true
        let answer = try connection.call(method, "/root/\(app.id)/\(path)", key: server.rootKey)
        try expect(answer.status == 200, "\(path): \(answer)")
        endedAll()
        isEndInDoubt = false
    }

    private func endedAll() {
        dead = (dead + alive).suffix(Self.tokensKept)
        alive = []
    }
}
