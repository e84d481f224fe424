internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/sign/batch`: many sign calls in one, committed with their round. What
    /// the workers sign of it takes turns with what others want of them.
    func signBatch(_ exchange: Exchange, _ app: App) throws(AppsError) {
        guard sessions.own.admitsCall(of: app, exchange) else { throw .server(.overloaded) }
        let items = try readItems(exchange, app)
        let answer = BatchAnswer(exchange, count: items.count)
        // Each item is recorded by itself.
        exchange.audit?.kind = nil
        exchange.response.isUncacheable = true
        sessions.own.collectApart(for: app, exchange) {
            for (index, item) in items.enumerated() { sign(item, index, answer, exchange, app) }
        }
    }

    private func sign(
        _ item: Range<Int>, _ index: Int, _ answer: BatchAnswer, _ exchange: Exchange, _ app: App
    ) {
        let issuance = issuances.lease()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                let body = try RequestBody(bytes, item, &scanner)
                try SignRequest.read(body, requiring: app.terms.requiredClaims, into: issuance)
            }
        } catch {
            issuances.giveBack(issuance)
            return answer.refuse(index, error)
        }
        issuance.whenDone = { _, error in
            if let error {
                answer.refuse(index, self.refusal(of: error, for: app))
            } else if let key = issuance.key {
                exchange.audit?.record(.tokenMade, .token(issuance.idText), exchange)
                answer.set(index) { $0.append(pair: issuance, signedBy: key) }
            } else {
                answer.refuse(index, .internal)
            }
            self.issuances.giveBack(issuance)
        }
        sessions.own.begin(issuance, for: app, exchange)
    }

    /// POST `/app/{app_id}/verify/batch`: many verify calls in one.
    func verifyBatch(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let items = try readItems(exchange, app)
        let answer = BatchAnswer(exchange, count: items.count)
        sessions.own.collectApart(for: app, exchange) {
            for (index, item) in items.enumerated() { verify(item, index, answer, exchange, app) }
        }
    }

    private func verify(
        _ item: Range<Int>, _ index: Int, _ answer: BatchAnswer, _ exchange: Exchange, _ app: App
    ) {
        let verification = verifications.lease()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                let body = try RequestBody(bytes, item, &scanner)
                try VerifyRequest.read(body, into: verification)
            }
        } catch {
            verifications.giveBack(verification)
            return answer.refuse(index, error)
        }
        verification.whenDone = { _, error in
            if let error {
                answer.refuse(index, AppsError(error))
            } else {
                answer.set(index) { $0.append(verdict: verification) }
            }
            self.verifications.giveBack(verification)
        }
        sessions.own.begin(verification, for: app, exchange)
    }

    /// The items, each of which counts as a call of the app.
    private func readItems(_ exchange: Exchange, _ app: App) throws(AppsError) -> [Range<Int>] {
        let items: [Range<Int>]
        do throws(AppsError) {
            items = try exchange.withBody { bytes throws(AppsError) in
                try BatchRequest.items(bytes, &batchScanner)
            }
        } catch {
            try count(1, of: app, exchange)
            throw error
        }
        try count(items.count, of: app, exchange)
        return items
    }
}

/// The body of a batch call: `{"items":[…]}`, each a body of the single call. What is no JSON refuses
/// the whole call; what is wrong with an item otherwise, only that.
enum BatchRequest {
    /// The most items of one call.
    private static let itemsMax = 1000
    /// Arrays and objects in each other: those of the single call, in a list in an object.
    static let depthMax = 64 + 2

    /// Where in `bytes` the items stand.
    static func items(
        _ bytes: UnsafeRawBufferPointer, _ scanner: inout JSONScanner
    ) throws(AppsError) -> [Range<Int>] {
        guard let list = try RequestBody(bytes, &scanner)["items"] else {
            throw .invalid([FieldError("items", .required)])
        }
        guard list.kind == .array else { throw .invalidType }
        // The whole body was scanned, so its parts are good JSON.
        guard (try? scanner.scan(list.range, of: bytes)) != nil else { throw .invalidJSON }
        let items = scanner.elements
        guard !items.isEmpty else { throw .invalid([FieldError("items", .required)]) }
        guard items.count <= itemsMax else {
            throw .invalid([FieldError("items", .maximum(Int64(itemsMax)))])
        }
        return items.map(\.range)
    }
}

/// The answer of a batch call, which is sent when its last item is there. Belongs to the loop of
/// its call.
///
/// `@unchecked Sendable`: touched only on its loop's thread.
private final class BatchAnswer: @unchecked Sendable {
    /// The most that is reserved ahead: items need not be as long as the first.
    private static let reservedBytesMax = 1 << 20

    private let exchange: Exchange
    private let count: Int
    /// How many items the answer has, in their order.
    private var written = 0
    /// What came before its turn. Mostly those that were refused at once.
    private var early: [Int: [UInt8]] = [:]

    init(_ exchange: Exchange, count: Int) {
        self.exchange = exchange
        self.count = count
        exchange.response.body.append(literal: #"{"items":["#)
    }

    /// Writes the answer of an item, once for each.
    func set(_ index: Int, _ write: (inout [UInt8]) -> Void) {
        guard index == written else {
            var bytes: [UInt8] = []
            write(&bytes)
            return early[index] = bytes
        }
        append(write)
        while !early.isEmpty, let bytes = early.removeValue(forKey: written) {
            append { $0.append(contentsOf: bytes) }
        }
        guard written == count else { return }
        exchange.response.body.append(literal: "]}")
        exchange.finish()
    }

    func refuse(_ index: Int, _ error: AppsError) {
        set(index) { error.writeBody(to: &$0) }
    }

    private func append(_ write: (inout [UInt8]) -> Void) {
        if written > 0 { exchange.response.body.append(literal: ",") }
        write(&exchange.response.body)
        written += 1
        if written == 1 {
            let estimate = (exchange.response.body.count + 1) * count
            exchange.response.body.reserveCapacity(min(estimate, Self.reservedBytesMax))
        }
    }
}
