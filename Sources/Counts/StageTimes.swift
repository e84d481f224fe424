/// How long the requests of one loop spent in the stages that happen on it. Whatever a round brought in is parsed before
/// any of it goes on, and is written together, so that a round's time is that of each of its requests.
///
/// The loop's thread notes, any thread reads the histograms.
/// `@unchecked Sendable`: `signing` is touched on the loop's thread only.
package final class StageTimes: @unchecked Sendable {
    /// From the first bytes of a round until all of it is read, parsed and begun, but for the signatures made meanwhile.
    package let parse = Histogram.durations()
    /// The signatures of one call, where they are cheap enough to be made on the loop.
    package let sign = Histogram.durations()
    /// Making the bytes of a round's answers, and handing them to the kernel.
    package let write = Histogram.durations()
    /// What signatures took since the first bytes of the round came.
    private var signing: Int64 = 0

    package init() {}

    /// Notes that the first bytes of a round are here.
    package func willParse() { signing = 0 }

    /// Notes that a call's tokens were signed on the loop.
    package func didSign(since began: Int64) {
        let nanoseconds = MonotonicClock.nanoseconds - began
        signing += nanoseconds
        sign.note(nanoseconds)
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
