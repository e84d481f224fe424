import Glibc
import Testing

@testable import SignetRuntime

/// Enters `recorder` from whatever thread this is.
private func claimToBeOn(_ recorder: Recorder) {
    recorder.assumeIsolated { $0.note(1) }
}

/// Lives on a loop and notes what happens to it.
actor Recorder {
    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private(set) var notes: [Int] = []
    private(set) var strayNotes = 0

    init(on eventLoop: EventLoop) {
        self.eventLoop = eventLoop
    }

    func note(_ number: Int) {
        notes.append(number)
        if !eventLoop.isCurrent { strayNotes += 1 }
    }

    /// Notes 1 and 3 in a task, and 2 while that is suspended.
    func noteInTwoStrands() {
        Task.immediate {
            note(1)
            await Task.yield()
            note(3)
        }
        note(2)
    }
}

/// A loop on a thread of its own, which ends with the test.
final class RunningLoop: Sendable {
    let group: LoopGroup
    var eventLoop: EventLoop { group.loops[0] }

    init(_ prepare: (EventLoop) throws(LoopError) -> Void = { _ in }) throws {
        group = try LoopGroup(count: 1) { loops throws(LoopError) in try prepare(loops[0]) }
    }

    deinit { group.stop() }

    /// Runs `body` on the loop and returns its result.
    func call<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        let result = Monitor<Result?>(nil)
        eventLoop.submit {
            let value = body()
            result.withLock { $0 = value }
            result.signal()
        }
        return result.wait { $0 }
    }

    /// Holds the loop up until the returned function is called.
    func hold() -> () -> Void {
        let isFree = Monitor(false)
        let isHeld = Monitor(false)
        eventLoop.submit {
            isHeld.withLock { $0 = true }
            isHeld.signal()
            isFree.wait { $0 ? () : nil }
        }
        isHeld.wait { $0 ? () : nil }
        return {
            isFree.withLock { $0 = true }
            isFree.signal()
        }
    }
}

@Suite("EventLoop")
struct EventLoopTests {
    @Test("is woken when a thread has put in all that it has, or by others meanwhile")
    func wakesTogether() throws {
        let loops = [try RunningLoop(), try RunningLoop()]
        let notes = Monitor<[Int]>([])
        // Awake once, so that nothing of their start wakes them later.
        for loop in loops { loop.call {} }
        LoopWakes.together {
            LoopWakes.together {
                for number in 0..<6 {
                    loops[number % 2].eventLoop.submit {
                        notes.withLock { $0.append(number) }
                        notes.signal()
                    }
                }
            }
            #expect(notes.withLock { $0 } == [])
            // Another thread's wake-up is not held back by what this one holds.
            let other = try? Thread(name: "other") { loops[0].call {} }
            other?.join()
            #expect(notes.withLock { $0 } == [0, 2, 4])
        }
        let all = notes.wait { $0.count == 6 ? $0 : nil }
        #expect(all.filter { $0 % 2 == 0 } == [0, 2, 4])
        #expect(all.filter { $0 % 2 == 1 } == [1, 3, 5])
    }

    @Test("runs jobs of another thread in their order, on its own thread")
    func order() async throws {
        let loop = try RunningLoop()
        let recorder = Recorder(on: loop.eventLoop)
        let tasks = (0..<1000).map { number in
            Task(executorPreference: loop.eventLoop) { await recorder.note(number) }
        }
        for task in tasks { await task.value }
        #expect(await recorder.notes == Array(0..<1000))
        #expect(await recorder.strayNotes == 0)
    }

    @Test("loses no job of many threads")
    func manyThreads() async throws {
        let loop = try RunningLoop()
        let recorder = Recorder(on: loop.eventLoop)
        await withTaskGroup { group in
            for thread in 0..<8 {
                group.addTask {
                    for number in 0..<500 { await recorder.note(thread * 500 + number) }
                }
            }
        }
        #expect(await recorder.notes.sorted() == Array(0..<4000))
        #expect(await recorder.strayNotes == 0)
    }

    @Test("wakes once for all that was queued while it was busy")
    func oneWakeUp() throws {
        let rounds = Monitor(0)
        let loop = try RunningLoop { eventLoop in
            eventLoop.atRoundEnd { rounds.withLock { $0 += 1 } }
        }
        let letGo = loop.hold()
        let done = Monitor(0)
        for _ in 0..<10_000 {
            Task(executorPreference: loop.eventLoop) {
                done.withLock { $0 += 1 }
                done.signal()
            }
        }
        let before = rounds.withLock { $0 }
        letGo()
        done.wait { $0 == 10_000 ? () : nil }
        let after = loop.call { rounds.withLock { $0 } }
        #expect(after - before <= 4)
    }

    @Test("runs round observers in their order after what the round brought in")
    func observers() throws {
        let notes = Monitor<[String]>([])
        let loop = try RunningLoop { eventLoop in
            for name in ["first", "second"] {
                eventLoop.atRoundEnd { notes.withLock { $0.append(name) } }
            }
        }
        loop.call { notes.withLock { $0 = ["errand"] } }
        loop.call {}
        #expect(notes.withLock { Array($0.prefix(3)) } == ["errand", "first", "second"])
    }

    @Test("gives observers another turn when they ask for it, and comes back to its sockets")
    func anotherTurn() throws {
        let turns = Monitor(0)
        let loop = try RunningLoop { eventLoop in
            eventLoop.atRoundEnd {
                // For ever: the loop must not starve.
                turns.withLock { $0 += 1 }
                eventLoop.wantAnotherTurn()
            }
        }
        let first = loop.call { turns.withLock { $0 } }
        let second = loop.call { turns.withLock { $0 } }
        #expect(second > first)
    }

    @Test("lets callbacks enter its actors, and Task.immediate begin there at once")
    func immediate() async throws {
        let loop = try RunningLoop()
        let recorder = Recorder(on: loop.eventLoop)
        let isCurrent = loop.call {
            recorder.assumeIsolated { $0.noteInTwoStrands() }
            return loop.eventLoop.isCurrent
        }
        #expect(isCurrent)
        while await recorder.notes.count < 3 { await Task.yield() }
        let notes = await recorder.notes
        #expect(notes == [1, 2, 3])
        #expect(await recorder.strayNotes == 0)
        #expect(!loop.eventLoop.isCurrent)
    }

    @Test("traps when another thread claims to be it")
    func foreignThread() async {
        await #expect(processExitsWith: .failure) {
            let loop = try RunningLoop()
            claimToBeOn(Recorder(on: loop.eventLoop))
        }
    }

    @Test("runs what was queued before its stop, and ignores what comes after")
    func stop() throws {
        let group = try LoopGroup(count: 2)
        let eventLoop = group.loops[1]
        let count = Monitor(0)
        for _ in 0..<100 {
            Task(executorPreference: eventLoop) { count.withLock { $0 += 1 } }
        }
        group.stop()
        #expect(count.withLock { $0 } == 100)
        for _ in 0..<100 { eventLoop.submit { count.withLock { $0 += 1 } } }
        group.stop()
        #expect(count.withLock { $0 } == 100)
        #expect(!eventLoop.isCurrent)
    }

    @Test("stops at once if it was told so before it ran")
    func stopBeforeRun() throws {
        let eventLoop = try EventLoop(index: 7)
        eventLoop.stop()
        eventLoop.run()
        #expect(eventLoop.index == 7)
    }

    @Test("lets go of its observers, though these hold it")
    func release() throws {
        weak var ended: EventLoop?
        weak var failed: EventLoop?
        do {
            let group = try LoopGroup(count: 1)
            let eventLoop = group.loops[0]
            let isSet = Monitor(false)
            eventLoop.submit {
                eventLoop.atRoundEnd { _ = eventLoop.index }
                isSet.withLock { $0 = true }
                isSet.signal()
            }
            isSet.wait { $0 ? () : nil }
            group.stop()
            ended = eventLoop
        }
        #expect(ended == nil)
        #expect(throws: LoopError.self) {
            _ = try LoopGroup(count: 1) { loops throws(LoopError) in
                let eventLoop = loops[0]
                eventLoop.atRoundEnd { _ = eventLoop.index }
                failed = eventLoop
                throw LoopError(call: "test", status: -1)
            }
        }
        #expect(failed == nil)
    }

    @Test("reads the wall clock once a round, and never goes far from it")
    func clock() throws {
        let loop = try RunningLoop()
        let before = WallClock.unixMilliseconds
        let (first, second) = loop.call {
            [eventLoop = loop.eventLoop] in (eventLoop.unixMilliseconds, eventLoop.unixMilliseconds)
        }
        #expect(first == second)
        #expect((before...WallClock.unixMilliseconds).contains(first))
    }
}
