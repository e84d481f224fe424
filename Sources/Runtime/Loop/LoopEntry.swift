/// A way into actors of type `Target` for who runs on their loop's thread already: one of their
/// methods, called at once.
///
/// It is what `assumeIsolated` is, made once for a method that requests call: that asks for tasks and
/// for the main executor first and allocates twice, a tenth of a microsecond each time
/// (docs/decisions/0014-loop-entries.md).
package struct LoopEntry<Target: Actor, Argument, Result>: @unchecked Sendable {
    // `@unchecked Sendable`: the function captures nothing.
    private let method: (Target, Argument) -> Result

    /// - Parameter method: captures nothing.
    package init(_ method: @escaping (isolated Target, Argument) -> Result) {
        // Safe: `isolated` is for the type checker, and no part of how a function is called.
        self.method = unsafeBitCast(method, to: ((Target, Argument) -> Result).self)
    }

    /// Calls the method. Traps on a thread that is not `eventLoop`'s, where `target` lives.
    package func callAsFunction(
        _ target: Target, _ argument: Argument, on eventLoop: EventLoop
    ) -> Result {
        precondition(eventLoop.isCurrent, "not on this event loop's thread")
        #if DEBUG
            target.preconditionIsolated("another loop's actor")
        #endif
        return method(target, argument)
    }
}
