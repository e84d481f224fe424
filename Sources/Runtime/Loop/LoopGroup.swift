import Synchronization

/// The loops of a server or of a load generator: one thread each.
package final class LoopGroup: Sendable {
    package let loops: [EventLoop]
    private let threads: Mutex<[Thread]>

    /// Makes `count` loops, has `prepare` set them up before they run, and starts their threads.
    ///
    /// `prepare` runs on the calling thread. Throws what libuv or `prepare` throws; nothing is left of
    /// the loops then, nor of the listeners and timers on them.
    package init(
        count: Int, name: String = "loop",
        prepare: ([EventLoop]) throws(LoopError) -> Void = { _ in }
    ) throws(LoopError) {
        precondition(count > 0)
        var loops: [EventLoop] = []
        var threads: [Thread] = []
        do throws(LoopError) {
            for index in 0..<count { loops.append(try EventLoop(index: index)) }
            try prepare(loops)
            for eventLoop in loops {
                threads.append(try Thread(name: "\(name)-\(eventLoop.index)") { eventLoop.run() })
            }
        } catch {
            for eventLoop in loops { eventLoop.stop() }
            for thread in threads { thread.join() }
            for eventLoop in loops[threads.count...] { eventLoop.close() }
            throw error
        }
        self.loops = loops
        self.threads = Mutex(threads)
    }

    /// Stops every loop and waits until their threads have ended. Not from a loop's own thread. A second
    /// call does nothing.
    package func stop() {
        for eventLoop in loops { eventLoop.stop() }
        let ending = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ending { thread.join() }
    }
}
