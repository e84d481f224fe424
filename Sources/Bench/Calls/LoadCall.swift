/// One kind of call of a scenario: what is sent, and what its answers have to be.
package struct LoadCall: Sendable, Equatable {
    /// Where the requests come from.
    enum Source: Sendable, Equatable {
        /// These, in turn.
        case fixed([ClientRequest])
        /// Renewals: each sends the refresh token of an earlier answer.
        case renewals(of: BenchApp)
    }

    /// What the report calls it.
    package let name: String
    let source: Source
    let expectation: Expectation
    /// The status of a good answer.
    var status = 200
    /// How many tokens a good answer carries.
    var tokensPerAnswer = 0
    /// How the signatures of sampled tokens are checked after the run; nil when there are none.
    var proof: TokenProof?

    init(
        _ name: String, _ requests: [ClientRequest], expectation: Expectation = .anything,
        tokensPerAnswer: Int = 0
    ) {
        precondition(!requests.isEmpty)
        self.init(
            name, .fixed(requests), expectation: expectation, tokensPerAnswer: tokensPerAnswer)
    }

    init(_ name: String, _ source: Source, expectation: Expectation, tokensPerAnswer: Int) {
        self.name = name
        self.source = source
        self.expectation = expectation
        self.tokensPerAnswer = tokensPerAnswer
    }
}
