import Synchronization

/// Shared read-mostly state: an immutable value, replaced whole by the actor that owns it.
package final class Snapshot<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    /// Rises with every replacement, so that readers need no lock while nothing changes.
    private let version = Atomic<Int>(0)

    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    /// Replaces the value for every reader.
    @inline(never)
    func publish(_ newValue: Value) {
        value.withLock { $0 = newValue }
        version.add(1, ordering: .releasing)
    }

    /// The value as of now.
    package var current: Value {
        @inline(never) get { value.withLock { $0 } }
    }

    /// A reader for one thread, which keeps the value until it changes.
    package struct Reader {
        private let snapshot: Snapshot
        private var version: Int
        private var value: Value

        package init(_ snapshot: Snapshot) {
            self.snapshot = snapshot
            version = snapshot.version.load(ordering: .acquiring)
            value = snapshot.current
        }

        /// Another number with every replacement.
        var newestVersion: Int { snapshot.version.load(ordering: .acquiring) }

        /// The value as of now.
        package mutating func read() -> Value {
            let newest = snapshot.version.load(ordering: .acquiring)
            if newest != version {
                version = newest
                value = snapshot.current
            }
            return value
        }
    }
}
