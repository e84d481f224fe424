internal import CMultiBuffer

/// Signs several messages of one key at once, in the lanes of the processor's vector registers: a
/// backend of `Signer` for batches (docs/decisions/0022-multi-buffer.md). Not `Sendable`: one for each
/// thread and key.
protocol SignatureLanes: AnyObject {
    /// Fewer messages than this are signed faster without lanes.
    var countMin: Int { get }

    /// Writes the signatures of all `inputs`, at most `MultiBuffer.laneCount`. Throws `signingFailed`
    /// when there is any doubt about one of them.
    func sign(_ inputs: UnsafeBufferPointer<SigningInput>) throws(CryptoError)
}

/// What has lanes: nothing unless this was built with `SIGNET_CRYPTO_MB=1` and the processor has
/// AVX512-IFMA.
enum MultiBuffer {
    /// The most messages that are signed at once.
    static let laneCount = SIGNET_LANES

    /// The lanes for a key; nil where there are none.
    static func lanes(for key: PrivateKey) throws(CryptoError) -> (any SignatureLanes)? {
        switch key.algorithm {
        case .eddsa: signet_lanes_ed25519() == 1 ? try EdDSALanes(key) : nil
        case .es256: signet_lanes_p256() == 1 ? try P256Lanes(key) : nil
        case .rs256, .rs384, .rs512: try RSALanes(key)
        default: nil
        }
    }
}

/// What to do in each lane.
struct LaneRow: ~Copyable {
    let start: UnsafeMutablePointer<SignetLane>

    init() {
        start = .allocate(capacity: MultiBuffer.laneCount)
        start.initialize(repeating: SignetLane(), count: MultiBuffer.laneCount)
    }

    deinit { start.deallocate() }

    /// Has lane `index` work on `message` and write to `result`.
    func assign(
        _ index: Int, message: UnsafeRawBufferPointer, result: UnsafeMutableRawPointer
    ) {
        let target = result.assumingMemoryBound(to: UInt8.self)
        // Every lane that is used must have an address, even of nothing.
        let source = message.assumingMemoryBound(to: UInt8.self).baseAddress
        start[index] = SignetLane(
            message: source ?? UnsafePointer(target), length: message.count, signature: target)
    }
}
