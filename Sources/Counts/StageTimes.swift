/// How long the requests of one loop spent in the stages that happen on it. Whatever a round brought in is parsed before
/// any of it goes on, and is written together, so that a round's time is that of each of its requests.
///
/// The loop's thread notes, any thread reads the histograms.
/// `@unchecked Sendable`: its variables are touched on the loop's thread only.
package final class StageTimes: @unchecked Sendable {
    /// From the first bytes of a round until all of it is read, parsed and begun, but for the signatures made meanwhile.
    package let parse = Histogram.durations()
    /// The signatures of one call, where they are cheap enough to be made on the loop: half a microsecond, of which two
    /// looks at the clock would be a tenth. So one call of `lot` is timed, and the others count as long.
    package let sign = Histogram.durations()
    /// Making the bytes of a round's answers, and handing them to the kernel.
    package let write = Histogram.durations()
    /// What signatures took since the first bytes of the round came.
    private var signing: Int64 = 0
    /// No power of two: requests come in such rounds, and the first of a round takes longer.
    private static let lot = 7
    /// Calls that are signed until one is timed again, and what the last one that was timed took.
    private var untimed = 0
    private var lastSigning: Int64 = 0

    package init() {}

    /// Notes that the first bytes of a round are here.
    package func willParse() { signing = 0 }

    /// When a call's tokens begin to be signed on the loop; 0 when it is not timed.
    package func willSign() -> Int64 {
        guard untimed == 0 else {
            untimed -= 1
            return 0
        }
        untimed = Self.lot - 1
        return MonotonicClock.nanoseconds
    }

    /// Notes that a call's tokens were signed on the loop.
    ///
    /// - Parameter began: what `willSign` returned before.
    package func didSign(since began: Int64) {
        if began != 0 { lastSigning = MonotonicClock.nanoseconds - began }
        signing += lastSigning
        sign.note(lastSigning)
    }

    /// Notes that what a round brought in is parsed.
    package func didParse(_ requests: Int, since began: Int64) {
        parse.note(max(0, MonotonicClock.nanoseconds - began - signing), times: requests)
    }

    /// Notes that the answers of a round are written.
    package func didWrite(_ answers: Int, since began: Int64) {
        write.note(MonotonicClock.nanoseconds - began, times: answers)
    }
}
