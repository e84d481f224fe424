/// Tokens of a run, each of all that came with the same chance of being taken (Vitter's algorithm R).
struct TokenSample: Sendable {
    /// The tokens by the call that they came from.
    private(set) var tokens: [(call: Int, token: [UInt8])] = []
    private let countMax: Int
    private var seen: UInt64 = 0
    private var random: SplitMix64

    init(countMax: Int, seed: UInt64) {
        self.countMax = countMax
        random = SplitMix64(seed: seed)
    }

    /// Takes the token that `find` finds, or leaves it.
    @inline(__always)
    mutating func offer(call: Int, _ find: () -> UnsafeRawBufferPointer?) {
        guard countMax > 0 else { return }
        seen += 1
        if tokens.count < countMax {
            if let token = find() { tokens.append((call, Array(token))) }
            return
        }
        // The high half of the product is a number below `seen`, with no bias that matters here.
        let index = Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: seen).high)
        guard index < countMax, let token = find() else { return }
        tokens[index] = (call, Array(token))
    }
}
