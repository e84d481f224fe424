internal import SignetCrypto

/// The expensive signatures of one loop's round, to be made and checked by the workers.
///
/// `@unchecked Sendable`: the loop fills it before it goes to the workers and reads it after; each
/// worker touches only the items of its ranges, and the key cache with its own number.
package final class SignatureBatch: @unchecked Sendable {
    enum Item {
        case sign(Issuance, RealmKey)
        case grant(AccessGrant, RealmKey)
        case verify(Verification, RealmKey)
    }

    private(set) var items: [Item] = []
    /// The number of the app whose call of very many signatures it is; 0 for what all callers of a
    /// round asked for.
    package internal(set) var group: Int64 = 0
    private let caches: [KeyCache]

    /// - Parameter caches: one for each worker.
    init(_ caches: [KeyCache]) {
        self.caches = caches
    }

    /// How many items there are.
    package var count: Int { items.count }

    func append(_ item: Item) {
        items.append(item)
    }

    /// Empties the batch and keeps its memory.
    func removeAll() {
        items.removeAll(keepingCapacity: true)
        group = 0
    }

    /// Makes and checks the signatures of `range`; `worker` numbers the calling thread.
    package func run(_ range: Range<Int>, worker: Int) {
        let cache = caches[worker]
        for index in range {
            switch items[index] {
            case .sign(let issuance, let key): cache.collect(issuance.tokens, key)
            case .grant(let grant, let key): cache.collect(grant.tokens, key)
            case .verify(let verification, let key):
                cache.signCollected()
                verification.isGenuine = cache.verify(verification, key)
            }
        }
        cache.signCollected()
    }
}
