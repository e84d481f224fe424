/// When a run measures and ends, in nanoseconds of the monotonic clock.
struct LoadSchedule: Sendable {
    let start: UInt64
    /// Up to here is warm-up.
    let measureFrom: UInt64
    /// From here on no request is due; those on the way are waited for.
    let measureUntil: UInt64
    /// Requests of an open loop that were due before the end are sent up to here.
    let sendUntil: UInt64

    init(_ plan: LoadPlan, start: UInt64) {
        self.start = start
        measureFrom = start + plan.warmUp.nanoseconds
        measureUntil = measureFrom + plan.duration.nanoseconds
        sendUntil = plan.pace == .closed ? measureUntil : measureUntil + plan.timeout.nanoseconds
    }
}
