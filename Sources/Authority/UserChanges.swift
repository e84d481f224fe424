internal import SignetStorage
import Synchronization

/// Which users were changed since a moment, so that what a loop remembers of them is forgotten at once:
/// a password or status that was changed, a user that was deleted. Shared by all loops; of fixed size.
///
/// Moments count changes, in this process. Users share slots: another's change may make one forget,
/// which costs a look into the store and nothing else.
package final class UserChanges: Sendable {
    private static let slotCount = 4096

    /// How many changes there were.
    private let count = Atomic<UInt64>(0)
    /// Which was the last of the users of a slot.
    private let slots = Mutex([UInt64](repeating: 0, count: slotCount))

    init() {}

    /// Now. Taken before a user is read from the store, since it may change meanwhile.
    package var moment: UInt64 { count.load(ordering: .acquiring) }

    /// Whether a user is still as it was read.
    package func isCurrent(_ user: User) -> Bool { isCurrent(user.id, asOf: user.asOf) }

    /// Whether a user was not changed since a moment.
    func isCurrent(_ user: Int64, asOf: UInt64) -> Bool {
        // Most of the time nobody has been changed: then no lock.
        asOf == moment || lastChange(user) <= asOf
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    /// Notes that a user was changed, after the store has it and before anybody is told.
    @inline(never)
    func note(_ user: Int64) {
        slots.withLock { slots in
            let moment = count.load(ordering: .relaxed) + 1
            slots[Self.slot(user)] = moment
            count.store(moment, ordering: .releasing)
        }
    }

    /// Takes in a line of the change log.
    func apply(_ change: ChangeRow) {
        switch change.kind {
        case .userUpdated, .userDeleted: note(change.subject)
        default: break
        }
    }

    @inline(never)
    private func lastChange(_ user: Int64) -> UInt64 { slots.withLock { $0[Self.slot(user)] } }

    private static func slot(_ user: Int64) -> Int {
        Int(UInt64(bitPattern: user) % UInt64(slotCount))
    }
}
