package import SignetCrypto

/// How quickly this process signs and verifies with one algorithm, on one thread.
package struct AlgorithmRate: Sendable, Equatable {
    package let algorithm: Algorithm
    package let signaturesPerSecond: Double
    package let verificationsPerSecond: Double

    /// The bytes that are signed: about the header and the claims of the sample call's auth token.
    package static let messageBytes = 230
    /// Messages that are signed at a time, as the server signs the calls of one round.
    package static let batchCount = 16

    /// Measures `algorithm` with a new key, for `duration` each way.
    package static func measure(
        _ algorithm: Algorithm, for duration: Duration
    ) throws(CryptoError) -> AlgorithmRate {
        let key = try PrivateKey.generate(algorithm)
        let signer = try Signer(key)
        let verifier = try Verifier(key)
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: messageBytes)
        let signature = try signer.signature(of: message)
        let signatures = try signingRate(signer, message, duration)
        let verifications = try rate(duration) { () throws(CryptoError) in
            let isGood = verifier.verify(message, signature: signature)
            precondition(isGood, "a signature of the same key")
            return 1
        }
        return AlgorithmRate(
            algorithm: algorithm, signaturesPerSecond: signatures,
            verificationsPerSecond: verifications)
    }

    private static func signingRate(
        _ signer: Signer, _ message: [UInt8], _ duration: Duration
    ) throws(CryptoError) -> Double {
        let output = UnsafeMutableRawPointer.allocate(
            byteCount: batchCount * signer.signatureLength, alignment: 16)
        defer { output.deallocate() }
        return try message.span.bytes.withUnsafeBytes { message throws(CryptoError) in
            let inputs = (0..<batchCount).map { index in
                SigningInput(
                    message: message, signature: output + index * signer.signatureLength)
            }
            return try inputs.span.withUnsafeBufferPointer { inputs throws(CryptoError) in
                try rate(duration) { () throws(CryptoError) in
                    try signer.sign(inputs)
                    return inputs.count
                }
            }
        }
    }

    /// How often a second `body`, which says how much it did, does one thing.
    private static func rate(
        _ duration: Duration, _ body: () throws(CryptoError) -> Int
    ) throws(CryptoError) -> Double {
        var count = 0
        let start = MonotonicClock.nanoseconds
        let end = start + duration.nanoseconds
        var now = start
        repeat {
            count += try body()
            now = MonotonicClock.nanoseconds
        } while now < end
        return Double(count) * 1e9 / Double(now - start)
    }
}
