import Foundation
import SignetCrypto
import SignetStorage
import StoreSupport
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

/// Random calls against the plain `SessionModel`, every answer compared.
///
/// `SIGNET_MODEL_SEED` replays a run, `SIGNET_MODEL_STEPS` makes it shorter or longer.
@Suite("Sessions by the model")
struct SessionModelTests {
    @Test("every answer is the model's, over crashes and restarts")
    func followsModel() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed =
            environment["SIGNET_MODEL_SEED"].flatMap { UInt64($0) } ?? .random(in: 1 ... .max)
        let steps = environment["SIGNET_MODEL_STEPS"].flatMap { Int($0) } ?? 100_000
        print("session model: SIGNET_MODEL_SEED=\(seed) SIGNET_MODEL_STEPS=\(steps)")
        let run = try ModelRun(seed: seed)
        while run.steps < steps {
            try run.step()
            guard run.mismatches.isEmpty else { break }
        }
        #expect(run.mismatches.isEmpty, "seed \(seed), step \(run.steps)")
        // The run met what it is there for.
        for (event, count) in run.events { print("session model: \(event) \(count)") }
        #expect(run.events.count == ModelRun.Event.allCases.count)
    }

    @Test("many renewals of one session leave one row, and nothing grows")
    func manyRenewals() throws {
        let steps = 5_000
        let bench = try Bench(MemoryStore { Bench.now / 1000 })
        let app = try bench.createApp { $0.refreshGrace = 0 }.app
        let registry = bench.registry()
        let sessions = Sessions([registry], own: 0, of: bench.authority)
        var pair = try bench.pair(registry, app)
        for _ in 0..<steps {
            let refresh = pair.refresh
            let work = bench.executor.begin { () -> Pair? in
                let renewal = Renewal()
                Array(refresh.utf8).withUnsafeBytes { renewal.setRefreshToken($0) }
                let isNew = try await sessions.own.renew(
                    renewal, for: app, among: sessions, at: Bench.now)
                return isNew ? Pair(renewal.issuance) : nil
            }
            bench.executor.runAll()
            bench.endRound(registry)
            pair = try #require(try work.result?.get())
        }
        #expect(bench.authority.ended.count == 1)
        let rows = try bench.executor.run { [store = bench.store] in
            (try await store.renewedSessions().count, try await store.changes(after: 0).count)
        }
        #expect(rows.0 == 1)
        // The app, its key, the check of the master key.
        #expect(rows.1 == 3)
    }
}

/// Renewals to be used again.
private final class RenewalPool: Sendable {
    let renewals = Mutex<[Renewal]>([])
}

/// One random run.
private final class ModelRun {
    enum Event: CaseIterable {
        case signed, verified, refused, renewed, repeated, stolen, invalidRenewal, raced, loggedOut
        case flushed, listed, restarted, crashedBefore, crashedAfter, swept
    }

    private static let shardsMax = 3
    private static let tokensKept = 300
    private static let subjects = ["a", "b", #"c\"é"#]

    private(set) var steps = 0
    private(set) var mismatches: [String] = []
    private(set) var events: [Event: Int] = [:]

    private var random: SeededGenerator
    private let clock = ModelClock()
    private let store: CrashingStore
    private let masterKey = MasterKey.generate()
    private var bench: Bench
    private var shards: [SessionRegistry] = []
    private var apps: [App] = []
    private var model = SessionModel()
    private let spares = RenewalPool()
    /// Tokens to show again, the newest last.
    private var tokens: [SessionModel.Token] = []

    private var now: Int64 { clock.milliseconds.withLock { $0 } }

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        store = CrashingStore { [clock] in clock.milliseconds.withLock { $0 / 1000 } }
        bench = try Bench(store, masterKey: masterKey)
        for (algorithm, grace) in [(Algorithm.hs256, 10), (.hs512, 0), (.es256, 10), (.eddsa, 3)] {
            let app = try bench.createApp(algorithm) {
                $0.refreshGrace = Int64(grace)
                $0.refreshNotBefore = 2
            }.app
            apps.append(app)
        }
        try start()
    }

    func step() throws {
        steps += 1
        advanceClock()
        switch Int.random(in: 0..<1000, using: &random) {
        case ..<180: try sign()
        case ..<480: try verify()
        case ..<800: try renew()
        case ..<840: try race()
        case ..<880: try logOut()
        case ..<882: try flush()
        case ..<960: try list()
        case ..<970: try sweep()
        case ..<980: try restart()
        default: try crash()
        }
    }

    // MARK: Calls

    private func sign() throws {
        let app = randomApp()
        let subject = Self.subjects.randomElement(using: &random) ?? "a"
        let work = begin { sessions, app, now in
            let issuance = Issuance()
            issuance.claims = Array(#""sub":"\#(subject)","n":1.0"#.utf8)
            let text = Array(subject == Self.subjects[2] ? "c\"é".utf8 : subject.utf8)
            text.withUnsafeBytes { issuance.setSubject($0) }
            try await sessions.own.issue(issuance, for: app, at: now)
            return Pair(issuance)
        }(app)
        guard let pair = try finish(work) else { return note("sign failed") }
        let session = model.add(app: app, subject: subject)
        addPair(session, pair)
        events[.signed, default: 0] += 1
    }

    private func verify() throws {
        guard let token = randomToken() else { return }
        let app = Int.random(in: 0..<20, using: &random) == 0 ? randomApp() : app(of: token)
        let isGood = try verify(token, app)
        let expected = model.verify(token, app: app, at: now)
        events[expected ? .verified : .refused, default: 0] += 1
        if isGood != expected { note("verify \(token) is \(isGood)") }
    }

    private func verify(_ token: SessionModel.Token, _ app: Int) throws -> Bool {
        let work = begin { sessions, app, now in
            let verification = Verification()
            Array(token.text.utf8).withUnsafeBytes { verification.setToken($0) }
            return try await sessions.own.verify(verification, for: app, at: now)
        }(app)
        return try finish(work) ?? false
    }

    private func renew() throws {
        guard let token = randomToken(preferring: .refresh) else { return }
        let work = beginRenewal(token)
        check(token, try finish(work) ?? nil)
    }

    /// Several renewals at the same instant, on several loops.
    private func race() throws {
        guard let token = randomToken(preferring: .refresh) else { return }
        let other = randomToken(preferring: .refresh) ?? token
        let works = [token, token, other, token].map { ($0, beginRenewal($0)) }
        let answers = try works.map { (token: $0, pair: try finish($1) ?? nil) }
        // Which of them comes first is up to the loops that they begin on: any order is right that the
        // model agrees with.
        let order = Self.orders(of: answers).first { agrees(with: $0) } ?? answers
        for (token, pair) in order { check(token, pair) }
        events[.raced, default: 0] += 1
    }

    /// Whether the model comes to these answers, one after the other.
    private func agrees(with answers: [(token: SessionModel.Token, pair: Pair?)]) -> Bool {
        var model = model
        return answers.allSatisfy { token, pair in
            let app = app(of: token)
            let terms = apps[app].terms
            let expected = model.renew(
                token, app: app, graceSeconds: terms.refreshGrace, at: now)
            switch (expected, pair) {
            case (.invalid, nil): return true
            case (.new, .some(let pair)):
                model.addPair(token.session, pair, terms, at: now)
                return true
            case (.again(let auth, let refresh), .some(let pair)):
                return pair.auth == auth && pair.refresh == refresh
            default: return false
            }
        }
    }

    private static func orders<Element>(of elements: [Element]) -> [[Element]] {
        guard !elements.isEmpty else { return [[]] }
        return elements.indices.flatMap { index in
            var others = elements
            let first = others.remove(at: index)
            return orders(of: others).map { [first] + $0 }
        }
    }

    private func beginRenewal(_ token: SessionModel.Token) -> ManualExecutor.Work<Pair?> {
        begin { [spares] sessions, app, now in
            // Used again, like those of a server.
            let renewal = spares.renewals.withLock { $0.popLast() } ?? Renewal()
            defer {
                renewal.reset()
                spares.renewals.withLock { $0.append(renewal) }
            }
            Array(token.text.utf8).withUnsafeBytes { renewal.setRefreshToken($0) }
            // Every other one changes no claim, as OAuth's.
            if token.text.utf8.count & 1 == 0 {
                Array(#""::1""#.utf8).withUnsafeBytes { renewal.change("ip", to: $0) }
            }
            return try await sessions.own.renew(renewal, for: app, among: sessions, at: now)
                ? Pair(renewal.issuance) : nil
        }(app(of: token))
    }

    /// Compares what a renewal came to, and has the model take the new pair.
    private func check(_ token: SessionModel.Token, _ pair: Pair?) {
        let app = app(of: token)
        let wasOver = model.sessions[token.session].isOver
        let expected = model.renew(
            token, app: app, graceSeconds: apps[app].terms.refreshGrace, at: now)
        switch (expected, pair) {
        case (.invalid, nil):
            let isStolen = !wasOver && model.sessions[token.session].isOver
            events[isStolen ? .stolen : .invalidRenewal, default: 0] += 1
        case (.new, .some(let pair)):
            let known = model.sessions[token.session].pairs
            if known.contains(where: {
                $0.auth.text == pair.auth || $0.refresh.text == pair.refresh
            }) {
                note("renew \(token) made a pair that was there before")
            }
            addPair(token.session, pair)
            events[.renewed, default: 0] += 1
        case (.again(let auth, let refresh), .some(let pair)):
            if pair.auth != auth || pair.refresh != refresh { note("another successor") }
            events[.repeated, default: 0] += 1
        default: note("renew \(token): \(expected), but \(pair == nil ? "no pair" : "a pair")")
        }
    }

    private func logOut() throws {
        guard let token = randomToken() else { return }
        let work = begin { sessions, app, now in
            let verification = Verification()
            Array(token.text.utf8).withUnsafeBytes { verification.setToken($0) }
            _ = try await sessions.end(verification, for: app, at: now)
        }(app(of: token))
        if try finish(work) == nil { note("logout failed") }
        model.logOut(token, app: app(of: token))
        events[.loggedOut, default: 0] += 1
    }

    private func flush() throws {
        let app = randomApp()
        let work = begin { [store, authority = bench.authority] sessions, app, now in
            let through = sessions.newestID(at: now)
            let expires = now / 1000 + 31_536_000
            try await store.write([
                .endSessions(app: app.number, through: through, expires: expires)
            ])
            authority.ended.endSessions(
                app: app.number, through: through, expires: expires, at: now / 1000)
        }(app)
        if try finish(work) == nil { note("flush failed") }
        model.flush(app: app)
        events[.flushed, default: 0] += 1
    }

    private func list() throws {
        let app = randomApp()
        let subject = Self.subjects.randomElement(using: &random) ?? "a"
        let work = begin { sessions, app, now in
            let text = subject == Self.subjects[2] ? "c\"é" : subject
            return try await sessions.list(subject: Array(text.utf8), of: app, at: now)
                .map(\.tokenID.text)
        }(app)
        let found = try finish(work) ?? []
        let expected = try model.list(app: app, subject: subject, at: now).map(Self.tokenID)
        events[.listed, default: 0] += 1
        if Set(found) != Set(expected) || found.count != expected.count {
            note("list has \(found.count) sessions, not \(expected.count)")
        }
    }

    private func sweep() throws {
        try bench.executor.run { [store] in try await store.maintain() }
        events[.swept, default: 0] += 1
    }

    // MARK: The server's life

    private func restart() throws {
        bench = try Bench(store, masterKey: masterKey)
        try start()
        events[.restarted, default: 0] += 1
    }

    /// The server dies while it commits a renewal: before or after the store has it.
    private func crash() throws {
        guard let token = randomToken(preferring: .refresh) else { return }
        let isAfter = Bool.random(using: &random)
        store.failure.withLock { $0 = isAfter ? .after : .before }
        let work = beginRenewal(token)
        settle()
        let survived = store.failure.withLock { failure in
            defer { failure = nil }
            return failure != nil
        }
        if survived {
            // It came to no commit.
            return check(token, try work.result?.get() ?? nil)
        }
        let before = model
        let app = app(of: token)
        let expected = model.renew(
            token, app: app, graceSeconds: apps[app].terms.refreshGrace, at: now)
        let at = now
        try restart()
        events[isAfter ? .crashedAfter : .crashedBefore, default: 0] += 1
        guard isAfter else { return model = before }
        // The answer was lost, and the client asks again, within the grace if there is one: the
        // first answer that it sees is of the very pair that the store has.
        guard expected == .new else { return }
        let retried = beginRenewal(token)
        let pair = try finish(retried) ?? nil
        if apps[app].terms.refreshGrace > 0 {
            guard let pair else { return note("no successor after a crash") }
            model = before
            addPair(token.session, pair, at: at)
        } else {
            if pair != nil { note("a used token was renewed after a crash") }
            model = before
            model.logOut(token, app: app)
        }
    }

    private func start() throws {
        let count = Int.random(in: 1...Self.shardsMax, using: &random)
        shards = (0..<count).map { bench.registry(shard: $0) }
        try bench.executor.run { [authority = bench.authority] in try await authority.recallEnded()
        }
        let directory = bench.authority.apps.directory.current
        apps = apps.compactMap { directory.app($0.id) }
    }

    // MARK: Chance

    private func randomApp() -> Int {
        // Most calls are of the cheap algorithms.
        Int.random(in: 0..<10, using: &random) == 0
            ? Int.random(in: 2..<4, using: &random) : Int.random(in: 0..<2, using: &random)
    }

    private func randomToken(
        preferring kind: SessionModel.Kind? = nil
    ) -> SessionModel.Token? {
        // Mostly a recent one.
        let depth = Bool.random(using: &random) ? 12 : Self.tokensKept
        let recent = tokens.suffix(depth)
        let wanted = recent.filter { kind == nil || $0.kind == kind }
        let isOther = Int.random(in: 0..<25, using: &random) == 0
        return
            (isOther ? recent.randomElement(using: &random) : wanted.randomElement(using: &random))
    }

    private func advanceClock() {
        let step: Int64 =
            switch Int.random(in: 0..<100, using: &random) {
            case ..<40: 0
            case ..<80: .random(in: 0..<1000, using: &random)
            case ..<98: .random(in: 1000..<6000, using: &random)
            default: .random(in: 6000..<130_000, using: &random)
            }
        clock.milliseconds.withLock { $0 += step }
    }

    // MARK: Plumbing

    private func app(of token: SessionModel.Token) -> Int { model.sessions[token.session].app }

    private func addPair(_ session: Int, _ pair: Pair, at time: Int64? = nil) {
        let app = model.sessions[session].app
        model.addPair(session, pair, apps[app].terms, at: time ?? now)
        guard let newest = model.sessions[session].pairs.last else { return }
        tokens += [newest.auth, newest.refresh]
        if tokens.count > 2 * Self.tokensKept { tokens.removeFirst(Self.tokensKept) }
    }

    /// Begins a call on a loop of chance.
    private func begin<Value: Sendable>(
        _ body: @escaping @Sendable (Sessions, App, Int64) async throws -> Value
    ) -> (Int) -> ManualExecutor.Work<Value> {
        let index = Int.random(in: 0..<shards.count, using: &random)
        let sessions = Sessions(shards, own: index, of: bench.authority)
        let (now, apps, executor) = (now, apps, bench.executor)
        return { app in executor.begin { try await body(sessions, apps[app], now) } }
    }

    /// Runs the loops until nothing is left to do.
    private func settle() {
        for _ in 0..<6 {
            bench.executor.runAll()
            for shard in shards { bench.endRound(shard) }
        }
    }

    private func finish<Value>(_ work: ManualExecutor.Work<Value>) throws -> Value? {
        if work.result == nil { settle() }
        guard let result = work.result else { throw ManualExecutor.Stuck() }
        return try result.get()
    }

    private func note(_ text: String) { mismatches.append("step \(steps): \(text)") }

    private static func tokenID(_ token: String) throws -> String {
        let payload = token.split(separator: ".")[1]
        var text = String(payload).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: text))
        let object = try JSONSerialization.jsonObject(with: data)
        return try #require((object as? [String: Any])?["jid"] as? String)
    }
}

/// The time of a run.
private final class ModelClock: Sendable {
    let milliseconds = Mutex<Int64>(Bench.now)
}

/// A store in memory that survives its server, which can be told to die in a commit.
private final class CrashingStore: StoreWrapper {
    enum Moment { case before, after }

    /// When the next commit fails; nil afterwards.
    let failure = Mutex<Moment?>(nil)
    let base: MemoryStore

    /// - Parameter clock: the Unix second, for what expires.
    init(clock: @escaping @Sendable () -> Int64) {
        base = MemoryStore(clock: clock)
    }

    func commit(_ batch: SessionBatch) async throws(StoreError) {
        switch takeFailure() {
        case nil: try await base.commit(batch)
        case .before: throw StoreError(.inputOutput)
        case .after:
            try await base.commit(batch)
            throw StoreError(.inputOutput)
        }
    }

    private func takeFailure() -> Moment? { failure.withLock { $0.take() } }
}
