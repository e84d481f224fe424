import Foundation
import TestSupport

/// The command line beside the server, and killed itself.
///
/// `@unchecked Sendable`: as `KilledClient` says.
final class KilledCommands: KilledClient, @unchecked Sendable {
    /// Where a command is killed, when it is; each commits once at least.
    private static let points = [
        "store-opened:1", "before-commit:1", "after-commit:1", "after-answers:1",
    ]

    private var apps: [AppAccount] = []
    /// The app whose key a killed command may have replaced.
    private var appInDoubt: String?
    private var users: [String: Bool] = [:]
    /// The user whom a killed command may have suspended.
    private var userInDoubt: String?
    private var count = 0
    /// How many commands were killed.
    private(set) var killed = 0

    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void
    ) throws {
        // A process each, so only now and then.
        guard Int.random(in: 0..<3, using: &random) == 0 else { return }
        let kills = FaultPoints.areBuilt && Bool.random(using: &random)
        let point = kills ? Self.points.randomElement(using: &random) : nil
        let app = apps.randomElement(using: &random)
        let user = users.filter(\.value).keys.sorted().randomElement(using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where app != nil: try rotateKey(of: app?.id ?? "", server, point)
        case 1 where user != nil: try suspend(user ?? "", server, point)
        case 2:
            let own = kills ? "realm-keys-written:1" : nil
            _ = try run(["key", "rotate", "sign-in"], server, own)
        case 3: try createUser(server, point)
        default: try createApp(server, point)
        }
        answered()
    }

    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool
    ) throws {
        let connection = try server.connect()
        if let id = appInDoubt, let index = apps.firstIndex(where: { $0.id == id }) {
            let status = try apps[index].sign(on: connection).status
            try expect(status == 200 || status == 403, "an app in doubt: \(status)")
            // Nobody knows the new key.
            if status == 403 { apps.remove(at: index) }
        }
        appInDoubt = nil
        let older = apps.randomElement(using: &random).map { [$0] } ?? []
        for app in all ? apps : apps.suffix(2) + older {
            try expect(
                try app.sign(on: connection).status == 200, "an app of the command line is lost")
        }
        // A password costs some milliseconds each.
        let some = Set(
            (0..<2).compactMap { _ in users.keys.sorted().randomElement(using: &random) })
        for (user, wasActive) in users where all || user == userInDoubt || some.contains(user) {
            let status = try connection.call(
                "GET", "/api/v1alpha/token",
                key: NamedTokenServerTests.basic("\(user):\(KilledUser.password)")
            ).status
            // 404: let in, and has no token.
            try expect(status == 404 || status == 401, "user \(user): \(status)")
            let isActive = status == 404
            try expect(user == userInDoubt || isActive == wasActive, "user \(user): \(status)")
            users[user] = isActive
        }
        userInDoubt = nil
    }

    /// - Returns: nil when it was killed.
    private func run(
        _ arguments: [String], _ server: KilledServer, _ point: String?, input: String? = nil
    ) throws -> Signet.Outcome? {
        let outcome = try Signet.run(
            arguments + ["--data", server.data],
            environment: point.map { ["SIGNET_FAULT_POINT": $0] } ?? [:], input: input,
            in: server.folder)
        if point != nil, outcome.ending == .killed(signal: SIGKILL) {
            killed += 1
            return nil
        }
        try expect(
            outcome.ending == .exited(0) && point == nil,
            "\(arguments) at \(point ?? "no point"): \(outcome.ending) \(outcome.errors)")
        return outcome
    }

    private func createApp(_ server: KilledServer, _ point: String?) throws {
        count += 1
        let arguments = ["app", "create", "app \(count)", "--algo", "HS256", "--json"]
        guard let made = try run(arguments, server, point) else { return }
        let fields = Self.fields(made)
        apps.append(AppAccount(id: fields["app_id"] ?? "", key: fields["app_key"] ?? ""))
    }

    private func rotateKey(of id: String, _ server: KilledServer, _ point: String?) throws {
        appInDoubt = id
        guard let made = try run(["app", "rotate-key", id, "--json"], server, point),
            let key = Self.fields(made)["app_key"]
        else { return }
        apps.removeAll { $0.id == id }
        apps.append(AppAccount(id: id, key: key))
        appInDoubt = nil
    }

    private func createUser(_ server: KilledServer, _ point: String?) throws {
        count += 1
        let login = "user\(count)"
        let arguments = [
            "user", "create", login, "--email", "\(login)@example.org", "--password-stdin",
            "--set", "passwords.memory=8MiB", "--set", "passwords.iterations=1",
        ]
        if try run(arguments, server, point, input: KilledUser.password) != nil {
            users[login] = true
        }
    }

    private func suspend(_ user: String, _ server: KilledServer, _ point: String?) throws {
        userInDoubt = user
        guard try run(["user", "suspend", user], server, point) != nil else { return }
        users[user] = false
        userInDoubt = nil
    }

    private static func fields(_ outcome: Signet.Outcome) -> [String: String] {
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return object as? [String: String] ?? [:]
    }
}
