import Synchronization

/// A clock that a test sets.
final class Seconds: Sendable {
    private let seconds = Atomic<Int64>(0)

    var value: Int64 { seconds.load(ordering: .relaxed) }

    func set(_ value: Int64) {
        seconds.store(value, ordering: .relaxed)
    }
}
