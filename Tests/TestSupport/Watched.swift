internal import Foundation

/// A value that one thread changes and another waits for.
///
/// `@unchecked Sendable`: `value` is touched only while `condition` is locked.
package final class Watched<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// The value as it is now.
    package var current: Value { condition.withLock { value } }

    /// Changes the value and wakes whoever waits for it.
    package func update<Result>(_ change: (inout Value) -> Result) -> Result {
        condition.withLock {
            defer { condition.broadcast() }
            return change(&value)
        }
    }

    /// Waits until `isReached` holds for the value and returns it; nil when that took longer than
    /// `seconds`.
    package func wait(
        atMostSeconds seconds: Double, until isReached: (Value) -> Bool
    ) -> Value? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        return condition.withLock {
            while !isReached(value) {
                guard condition.wait(until: deadline) else {
                    return isReached(value) ? value : nil
                }
            }
            return value
        }
    }
}
