/// Where the lines of the access log go. Any thread may use it.
package protocol AccessSink: AnyObject, Sendable {
    /// Takes over `lines`, which are `count`, and leaves none. Never waits.
    func take(_ lines: inout [UInt8], count: Int)
}

/// What is told of each request, and to whom.
package struct AccessTerms: Sendable {
    package let sink: any AccessSink
    /// Of so many requests one is told.
    package let interval: Int
    /// Whether lines are for programs.
    package let isJSON: Bool

    package init(_ sink: any AccessSink, interval: Int, isJSON: Bool) {
        precondition(interval > 0)
        self.sink = sink
        self.interval = interval
        self.isJSON = isJSON
    }
}
