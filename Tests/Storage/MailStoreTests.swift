import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about mails, and about users whose address is not verified yet.
@Suite("Mails in every store")
struct MailStoreTests {
    private static let minute: Int64 = 60_000
    private static let now = Sample.second * 1000

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ kind: StoreKind) async throws -> any Store {
        try kind.open(folder, clock: ManualClock())
    }

    private func user(_ id: Int64, _ status: UserStatus = .pending) -> UserRow {
        UserRow(
            id: id, login: "user\(id)", email: "\(id)@example.org", status: status,
            passwordHash: [1], created: 1, updated: 1)
    }

    private func write(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    private func due(_ store: any Store, at now: Int64, limit: Int = 10) async throws -> [MailRow] {
        try await store.mails(dueBy: now, limit: limit)
    }

    @Test(
        "are written with their user or not at all, and go with it", arguments: StoreKind.allCases)
    func withUser(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let now = Self.now
        let ask = Mutation.askMail(user: 1, .verification, at: now)
        #expect(await write(store, ask) == .conflict)
        #expect(await write(store, .insertUser(user(1)), ask) == nil)
        #expect(await write(store, .insertUser(user(1)), ask) == .conflict)
        let row = MailRow(user: 1, kind: .verification, asked: now, due: now)
        #expect(try await due(store, at: now) == [row])
        #expect(try await due(store, at: now - 1).isEmpty)
        #expect(await write(store, .deleteUser(id: 1)) == nil)
        #expect(try await due(store, at: .max).isEmpty)
    }

    @Test(
        "wait once however often they are asked for, in the order of their times",
        arguments: StoreKind.allCases)
    func once(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let now = Self.now
        for id in 1...3 as ClosedRange<Int64> {
            #expect(
                await write(
                    store, .insertUser(user(id)), .askMail(user: id, .verification, at: now - id))
                    == nil)
        }
        #expect(await write(store, .askMail(user: 3, .verification, at: now)) == nil)
        #expect(try await due(store, at: now).map(\.user) == [3, 2, 1])
        #expect(try await due(store, at: now, limit: 2).map(\.user) == [3, 2])
        #expect(try await due(store, at: now).map(\.asked) == [now, now - 2, now - 1])
    }

    @Test("come no more often than their pauses allow", arguments: StoreKind.allCases)
    func pauses(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let now = Self.now
        #expect(
            await write(store, .insertUser(user(1)), .askMail(user: 1, .verification, at: now))
                == nil)
        // Asked for again while it was sent: once more, after the pause.
        let again = now + 500
        #expect(await write(store, .askMail(user: 1, .verification, at: again)) == nil)
        let sent = now + 1000
        #expect(
            await write(store, .didSendMail(user: 1, .verification, asked: now, at: sent)) == nil)
        #expect(try await due(store, at: sent + Self.minute - 1).isEmpty)
        #expect(try await due(store, at: sent + Self.minute).map(\.asked) == [again])
        let second = sent + Self.minute
        #expect(
            await write(store, .didSendMail(user: 1, .verification, asked: again, at: second))
                == nil)
        #expect(try await due(store, at: .max).isEmpty)
        // Of another kind: not within a minute either; and of that kind only once an hour.
        #expect(await write(store, .askMail(user: 1, .addressTaken, at: second + 1)) == nil)
        #expect(try await due(store, at: .max).map(\.due) == [second + Self.minute])
        let third = second + Self.minute
        #expect(
            await write(
                store, .didSendMail(user: 1, .addressTaken, asked: second + 1, at: third),
                .askMail(user: 1, .addressTaken, at: third + 1)) == nil)
        #expect(try await due(store, at: .max).map(\.due) == [third + 60 * Self.minute])
        // Much later there is no pause left.
        let later = third + 1000 * Self.minute
        #expect(await write(store, .askMail(user: 1, .verification, at: later)) == nil)
        #expect(try await due(store, at: later).map(\.due).sorted().last == later)
    }

    @Test("wait for their next attempt, and are given up", arguments: StoreKind.allCases)
    func attempts(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let now = Self.now
        #expect(
            await write(store, .insertUser(user(1)), .askMail(user: 1, .verification, at: now))
                == nil)
        let failure = Mutation.didFailMail(
            user: 1, .verification, attempts: 3, due: now + 5000)
        #expect(await write(store, failure) == nil)
        #expect(try await due(store, at: now + 4999).isEmpty)
        #expect(try await due(store, at: now + 5000).map(\.attempts) == [3])
        // Asking again changes nothing of that.
        #expect(await write(store, .askMail(user: 1, .verification, at: now + 1)) == nil)
        #expect(try await due(store, at: now + 4999).isEmpty)
        #expect(await write(store, .dropMail(user: 1, .verification, asked: now)) == nil)
        #expect(try await due(store, at: .max).map(\.attempts) == [0])
        #expect(await write(store, .dropMail(user: 1, .verification, asked: now + 1)) == nil)
        #expect(try await due(store, at: .max).isEmpty)
    }

    @Test("survive the end of the process")
    func survive() async throws {
        let store = try await open(.sqlite)
        #expect(
            await write(
                store, .insertUser(user(1)), .askMail(user: 1, .verification, at: Self.now)) == nil)
        await store.close()
        let again = try await open(.sqlite)
        #expect(try await due(again, at: Self.now).map(\.user) == [1])
        await again.close()
    }

    @Test("a pending user is replaced, verified once, and adopted", arguments: StoreKind.allCases)
    func pending(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        #expect(
            await write(
                store, .insertUser(user(1)), .insertUser(user(2, .anonymous)),
                .insertUser(user(3, .suspended)), .insertUser(user(4, .active))) == nil)
        let last = try await store.load().lastChange
        #expect(await write(store, .replacePendingUser(1, name: "Ann", hash: [2], at: 9)) == nil)
        let replaced = try await store.user(.id(1))
        #expect(replaced?.name == "Ann" && replaced?.passwordHash == [2])
        #expect(replaced?.generation == 2 && replaced?.updated == 9)
        #expect(await write(store, .verifyUser(1, generation: 1, at: 10)) == .conflict)
        #expect(await write(store, .verifyUser(1, generation: 2, at: 10)) == nil)
        #expect(try await store.user(.id(1))?.status == .active)
        #expect(await write(store, .verifyUser(1, generation: 3, at: 10)) == .conflict)
        #expect(await write(store, .adoptUser(2, at: 11)) == nil)
        let adopted = try await store.user(.id(2))
        #expect(adopted?.status == .active && adopted?.passwordHash == nil)
        for id in [1, 3, 4, 5] as [Int64] {
            #expect(await write(store, .adoptUser(id, at: 12)) == .conflict)
            #expect(
                await write(store, .replacePendingUser(id, name: "", hash: [3], at: 12))
                    == .conflict)
        }
        let kinds = try await store.changes(after: last).map(\.kind)
        #expect(kinds == [.userUpdated, .userUpdated, .userUpdated])
    }
}
