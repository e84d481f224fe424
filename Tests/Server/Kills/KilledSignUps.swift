import Foundation
import TestSupport

/// People who sign up, and those of them who follow the link of the mail that they got.
///
/// `@unchecked Sendable`: as `KilledClient` says.
final class KilledSignUps: KilledClient, @unchecked Sendable {
    private enum State { case asked, verifying, verified }

    private static let begunPerRoundMax = 2
    /// Mails that may wait; the server takes a second for a few of them.
    private static let waitingMax = 12

    private let mails: MailPeer
    private var people: [String: State] = [:]
    private var unchecked: Set<String> = []
    /// The token of each mail that was followed.
    private var used: [String: String] = [:]
    private var count = 0

    init(mails: MailPeer) {
        self.mails = mails
    }

    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void
    ) throws {
        let known = mails.mails
        let waiting = Set(people.keys).subtracting(known.map(Self.name)).count
        for _ in 0..<(waiting < Self.waitingMax ? Self.begunPerRoundMax : 0) {
            count += 1
            let name = "new\(count)"
            let answer = try post(
                "sign-up", #"{"email":"\#(name)@example.org","password":"secret-word","name":"n"}"#,
                server)
            try expect(answer.status == 202, "no sign-up: \(answer)")
            people[name] = .asked
            unchecked.insert(name)
            answered()
        }
        for mail in known {
            let name = Self.name(mail)
            guard people[name] == .asked, Bool.random(using: &random) else { continue }
            people[name] = .verifying
            unchecked.insert(name)
            try verify(name, OutboundServer.link(in: mail).token, server)
            answered()
        }
    }

    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool
    ) throws {
        // A password costs some milliseconds each.
        for name in all ? people.keys.sorted() : unchecked.sorted() {
            let answer = try post(
                "sign-in", #"{"email":"\#(name)@example.org","password":"secret-word"}"#, server)
            let status = answer.object?["status"] as? String
            switch people[name] {
            case .verified:
                try expect(status == "active", "\(name) is not verified any more: \(answer)")
                let again = try post("verify", #"{"verify-token":"\#(used[name] ?? "")"}"#, server)
                try expect(again.status == 400, "a link works again: \(again)")
            case .verifying:
                try expect(
                    status == "active" || status == "pending", "\(name) is half there: \(answer)")
                people[name] = status == "active" ? .verified : .asked
            default: try expect(status == "pending", "\(name) did not sign up: \(answer)")
            }
            unchecked.remove(name)
        }
    }

    /// Waits until everybody who was told to has signed up has got the mail.
    func waitForMails() throws {
        // There may be twice as many, and some of those whose answers never came: each wait ends with one more.
        while true {
            let mails = mails.mails
            let missing = Set(people.keys).subtracting(mails.map(Self.name))
            if missing.isEmpty { return }
            try expect(
                self.mails.waitForMails(mails.count + 1) != nil,
                "mails never came: \(missing.sorted().prefix(5))")
        }
    }

    /// How many have signed up.
    var peopleCount: Int { people.count }

    private func verify(_ name: String, _ token: String, _ server: KilledServer) throws {
        let answer = try post("verify", #"{"verify-token":"\#(token)"}"#, server)
        try expect(answer.status == 200, "a link does not work: \(answer)")
        used[name] = token
        people[name] = .verified
    }

    private func post(
        _ route: String, _ body: String, _ server: KilledServer
    ) throws -> HTTPAnswer {
        try server.connect().call(
            "POST", "\(OutboundServer.path)/\(route)", fields: [OutboundServer.json], body: body)
    }

    private static func name(_ mail: MailPeer.Mail) -> String {
        String(mail.recipients.first?.prefix { $0 != "@" } ?? "")
    }
}
