/// What is known of whether the store takes something. Times are milliseconds of the monotonic clock.
struct StoreVerdict: Sendable {
    /// To ask costs a commit, so that an answer is good for so long.
    private static let answerMilliseconds: Int64 = 1000
    /// A question that has no answer for so long counts as answered by no: a disk that hangs must neither keep who asks
    /// waiting nor gather questions.
    private static let patienceMilliseconds: Int64 = 2000

    private var answer: (isYes: Bool, askedAt: Int64)?
    /// Since when there has been a question without an answer.
    private var askingSince: Int64?

    /// Whether the store takes something, as far as that is known; nil when the caller is to ask, and to tell by
    /// `didAnswer`.
    mutating func known(at now: Int64) -> Bool? {
        if let answer, now - answer.askedAt < Self.answerMilliseconds { return answer.isYes }
        if let askingSince, now - askingSince >= Self.patienceMilliseconds { return false }
        askingSince = askingSince ?? now
        return nil
    }

    /// Notes what came of a question.
    mutating func didAnswer(_ isYes: Bool, askedAt: Int64) {
        answer = (isYes, askedAt)
        askingSince = nil
    }
}
