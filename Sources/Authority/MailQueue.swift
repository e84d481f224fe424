internal import SignetCrypto
internal import SignetStorage

/// Sends the mails that wait in the store, and tries again when a mail server does not take one. A mail is
/// sent at least once: after a crash between the mail server's word and ours, twice.
package actor MailQueue {
    /// What became of a mail, for the log.
    package enum News: Sendable {
        case sent(user: Int64)
        /// It will be tried again.
        case failed(user: Int64, attempts: Int64, reason: String)
        /// It will not.
        case givenUp(user: Int64, reason: String)
        /// The store did not tell, or did not take it in.
        case storeUnavailable
    }

    private struct Key: Hashable {
        let user: Int64
        let kind: MailKind
    }

    /// How long to wait after the n-th attempt in vain; after the last one a mail is given up, a day after
    /// it was asked for.
    static let pausesSeconds: [Int64] = [
        5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800,
    ]
    /// Mails that are on their way at a time.
    private static let sendingMax = 8

    private let executor: any LoopExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let store: any Store
    private let accounts: Accounts
    private let tokens: VerificationTokens
    private let terms: FrontendTerms
    private let sender: MailText.Sender
    private let carrier: any MailCarrier
    private let tell: @Sendable (News) -> Void
    private let random = RandomPool()
    private var sending: Set<Key> = []
    /// What was sent and could not be noted. Not sent again as long as this process lives.
    private var unnoted: [Mutation] = []

    /// - Parameters:
    ///   - terms: of the tokens in the links.
    ///   - tell: is told what becomes of each mail.
    package init(
        _ authority: Authority, _ terms: FrontendTerms, from sender: MailText.Sender,
        by carrier: any MailCarrier, on executor: any LoopExecutor,
        tell: @escaping @Sendable (News) -> Void
    ) {
        store = authority.store
        accounts = authority.accounts
        tokens = VerificationTokens(authority, terms)
        self.terms = terms
        self.sender = sender
        self.carrier = carrier
        self.executor = executor
        self.tell = tell
    }

    /// Begins to send what is due. Called again and again.
    ///
    /// - Parameter clock: the time, in Unix milliseconds.
    package func sendDue(_ clock: @escaping @Sendable () -> Int64) async {
        do throws(StoreError) {
            try await noteAgain()
            // Those under way may be among them.
            let rows = try await store.mails(dueBy: clock(), limit: 2 * Self.sendingMax)
            for row in rows where sending.count < Self.sendingMax {
                let key = Key(user: row.user, kind: row.kind)
                guard sending.insert(key).inserted else { continue }
                #if DEBUG
                    FaultPoint.mailDue.pass()
                #endif
                Task(executorPreference: executor) { await self.send(row, clock) }
            }
        } catch {
            tell(.storeUnavailable)
        }
    }

    /// How many mails are on their way.
    package var sendingCount: Int { sending.count }

    private func send(_ row: MailRow, _ clock: @Sendable () -> Int64) async {
        let outcome: Mutation?
        do throws(PeerFailure) {
            outcome = try await carry(row, clock)
        } catch {
            outcome = error.isOurs ? nil : failure(row, error.description, at: clock())
        }
        if let outcome { await note(outcome) }
        #if DEBUG
            FaultPoint.mailNoted.pass()
        #endif
        sending.remove(Key(user: row.user, kind: row.kind))
    }

    /// Sends a mail.
    ///
    /// - Returns: what is to be noted; nil to try again without a word, since it is not the mail
    ///   server's fault.
    private func carry(
        _ row: MailRow, _ clock: @Sendable () -> Int64
    ) async throws(PeerFailure) -> Mutation? {
        let drop = Mutation.dropMail(user: row.user, row.kind, asked: row.asked)
        let text: MailText
        let recipient: EmailAddress
        do throws(AuthorityError) {
            guard let user = try await accounts.user(.id(row.user)),
                let address = EmailAddress(Array(user.email.utf8))
            else { return drop }
            recipient = address
            switch row.kind {
            case .addressTaken: text = .addressTaken(by: sender)
            case .verification:
                // Verified, suspended or signed in otherwise meanwhile.
                guard user.status == .pending else { return drop }
                text = .verification(
                    try await tokens.token(for: user, at: clock()),
                    lifeSeconds: terms.verificationLife, by: sender)
            }
        } catch {
            tell(.storeUnavailable)
            return nil
        }
        let message = text.message(
            from: sender, to: recipient,
            id: String(decoding: UUID4(random: random).text, as: UTF8.self), at: clock() / 1000)
        try await carrier.carry(message, from: sender.address, to: recipient)
        #if DEBUG
            FaultPoint.mailCarried.pass()
        #endif
        tell(.sent(user: row.user))
        return .didSendMail(user: row.user, row.kind, asked: row.asked, at: clock())
    }

    private func failure(_ row: MailRow, _ reason: String, at now: Int64) -> Mutation {
        let attempts = row.attempts + 1
        guard attempts <= Self.pausesSeconds.count else {
            tell(.givenUp(user: row.user, reason: reason))
            return .dropMail(user: row.user, row.kind, asked: row.asked)
        }
        tell(.failed(user: row.user, attempts: attempts, reason: reason))
        let pause = Self.pausesSeconds[Int(attempts) - 1]
        return .didFailMail(
            user: row.user, row.kind, attempts: attempts, due: now + pause * 1000)
    }

    private func note(_ mutation: Mutation) async {
        do throws(StoreError) {
            try await store.write([mutation])
        } catch {
            unnoted.append(mutation)
            tell(.storeUnavailable)
        }
    }

    private func noteAgain() async throws(StoreError) {
        guard !unnoted.isEmpty else { return }
        let mutations = unnoted
        try await store.write(mutations)
        unnoted.removeFirst(mutations.count)
    }
}
