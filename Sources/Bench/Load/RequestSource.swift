/// Where one loop gets the bytes of one call's requests from.
struct RequestSource {
    private let requests: [[UInt8]]
    private var next = 0
    private var renewals: RenewalSource?

    init(_ call: LoadCall, host: String) {
        switch call.source {
        case .fixed(let requests):
            self.requests = requests.map { $0.bytes(host: host) }
        case .renewals(let app):
            requests = [app.signing.bytes(host: host)]
            renewals = RenewalSource(app, host: host)
        }
    }

    /// Appends the next request. False when it only prepares one: a renewal needs a session.
    mutating func append(to output: inout [UInt8]) -> Bool {
        if renewals?.append(to: &output) == true { return true }
        output.append(contentsOf: requests[next])
        next = next + 1 < requests.count ? next + 1 : 0
        return renewals == nil
    }

    /// Takes what later requests need from a good answer.
    mutating func received(_ body: UnsafeRawBufferPointer, _ expectation: Expectation) {
        guard renewals != nil, let token = expectation.refreshToken(in: body) else { return }
        renewals?.keep(token)
    }
}
