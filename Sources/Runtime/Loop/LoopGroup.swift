/// The loops of a server or of a load generator: one thread each.
package final class LoopGroup: Sendable {
    package let loops: [EventLoop]
    private let threads: [Thread]

    /// Makes `count` loops, has `prepare` set them up before they run, and starts their threads.
    ///
    /// `prepare` runs on the calling thread. Throws what libuv or `prepare` throws; loops that were
    /// made before are then never started.
    package init(
        count: Int, name: String = "loop",
        prepare: ([EventLoop]) throws(LoopError) -> Void = { _ in }
    ) throws(LoopError) {
        precondition(count > 0)
        var loops: [EventLoop] = []
        for index in 0..<count { loops.append(try EventLoop(index: index)) }
        try prepare(loops)
        var threads: [Thread] = []
        for eventLoop in loops {
            threads.append(try Thread(name: "\(name)-\(eventLoop.index)") { eventLoop.run() })
        }
        self.loops = loops
        self.threads = threads
    }

    /// Stops every loop and waits until their threads have ended. Not from a loop's own thread.
    package func stop() {
        for eventLoop in loops { eventLoop.stop() }
        for thread in threads { thread.join() }
    }
}
