/// What is measured: a call, or several that are mixed.
package struct LoadScenario: Sendable, Equatable {
    /// A call and how often it comes.
    package struct Part: Sendable, Equatable {
        package let call: LoadCall
        /// Out of all parts' weights together.
        package let weight: Int

        package init(_ call: LoadCall, weight: Int) {
            precondition(weight > 0)
            self.call = call
            self.weight = weight
        }
    }

    /// What the report calls it.
    package let name: String
    package let parts: [Part]

    /// Repeats one request.
    package init(
        _ name: String, _ request: ClientRequest, expectation: Expectation = .anything,
        tokensPerAnswer: Int = 0
    ) {
        self.init(
            LoadCall(name, [request], expectation: expectation, tokensPerAnswer: tokensPerAnswer))
    }

    /// Repeats one call.
    package init(_ call: LoadCall) {
        name = call.name
        parts = [Part(call, weight: 1)]
    }

    /// Mixes calls: out of every sum of the weights, each has its own, spread evenly.
    package init(mixing parts: [Part]) {
        precondition(!parts.isEmpty)
        let shares = parts.map { "\($0.call.name) \($0.weight)" }.joined(separator: ", ")
        name = "mix (\(shares))"
        self.parts = parts
    }

    /// How many different requests there are; nil when those of a call are always new ones.
    var differentRequests: Int? {
        var sum = 0
        for part in parts {
            guard case .fixed(let requests) = part.call.source else { return nil }
            sum += requests.count
        }
        return sum
    }

    /// Which call comes when: the index of each one's part, over one round of the mix.
    var order: [Int] {
        let total = parts.reduce(0) { $0 + $1.weight }
        var credits = [Int](repeating: 0, count: parts.count)
        return (0..<total).map { _ in
            // Who has waited longest for its weight comes next, as in nginx's weighted round robin.
            for index in parts.indices { credits[index] += parts[index].weight }
            let next = parts.indices.max { credits[$0] < credits[$1] } ?? 0
            credits[next] -= total
            return next
        }
    }
}
