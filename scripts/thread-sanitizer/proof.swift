// Shows that continuation.c tells the sanitizer what is true, and no more. A thread writes and
// resumes a task that has not come to its `await` yet; the task reads. That is silent, and with the
// argument `race`, which makes the thread write after it has resumed the task, a report and exit
// code 66.

import Glibc
import Synchronization

/// What the thread works with. `@unchecked Sendable`: what guards `value` is to be shown.
final class Handover: @unchecked Sendable {
    let continuation: UnsafeContinuation<Void, Never>
    var value = 0
    let races = CommandLine.arguments.contains("race")
    /// Set last. Relaxed, so that it orders nothing.
    let isDone = Atomic(false)

    init(_ continuation: UnsafeContinuation<Void, Never>) {
        self.continuation = continuation
    }
}

/// The thread. Takes no lock, the runtime's neither: that would order more than is to be shown.
nonisolated func handOver(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let handover = Unmanaged<Handover>.fromOpaque(argument).takeRetainedValue()
    handover.value = 1
    handover.continuation.resume()
    if handover.races { handover.value = 2 }
    handover.isDone.store(true, ordering: .relaxed)
    return nil
}

/// The task. Stays on the main thread: one that changes threads acquires as its new job starts.
@MainActor func receive() async -> Int {
    var thread = pthread_t()
    var received: Handover?
    await withUnsafeContinuation { continuation in
        let handover = Handover(continuation)
        received = handover
        let argument = Unmanaged.passRetained(handover).toOpaque()
        let status = pthread_create(&thread, nil, handOver, argument)
        precondition(status == 0, "no thread")
        while !handover.isDone.load(ordering: .relaxed) { sched_yield() }
    }
    let value = received?.value ?? 0
    pthread_join(thread, nil)
    return value
}

let value = await receive()
precondition(value > 0, "the thread wrote before it resumed the task")
