internal import SignetCrypto

/// The signers and verifiers of one thread, and its batch for the signing seam.
///
/// `@unchecked Sendable`: only its own thread touches it: a loop's, or one worker's at a time.
final class KeyCache: @unchecked Sendable {
    /// More keys than this are forgotten together; making one again takes microseconds.
    private static let keysMax = 4096

    private var signers: [Int64: Signer] = [:]
    /// The signer that was asked for last, and mostly is again.
    private var latest: (key: RealmKey, signer: Signer)?
    private var verifiers: [Int64: Verifier] = [:]
    private var inputs: [SigningInput] = []
    private var collected: [TokenBuffer] = []
    private var collectedKey: RealmKey?

    /// Signs the tokens of one call now. They are complete then, unless the key could not sign.
    func sign(_ tokens: TokenBuffer, _ key: RealmKey) {
        guard let signer = try? signer(key) else { return }
        // Who asks sees by `areComplete` whether it failed.
        try? tokens.sign(with: signer)
    }

    /// Adds the tokens of a call to those that are signed together; those of another key are signed
    /// first.
    func collect(_ tokens: TokenBuffer, _ key: RealmKey) {
        if let collectedKey, collectedKey !== key { signCollected() }
        collectedKey = key
        collected.append(tokens)
        tokens.appendSigningInputs(to: &inputs)
    }

    /// Signs what was collected, as one batch for its key. Without a signature for each, none of the
    /// tokens becomes complete.
    func signCollected() {
        guard let key = collectedKey else { return }
        if (try? signInputs(key)) != nil {
            for tokens in collected { tokens.encodeSignatures() }
        }
        collectedKey = nil
        inputs.removeAll(keepingCapacity: true)
        collected.removeAll(keepingCapacity: true)
    }

    /// Whether the signature of a token is the key's.
    func verify(_ verification: Verification, _ key: RealmKey) -> Bool {
        guard let verifier = try? verifier(key) else { return false }
        return verification.isSigned(for: verifier, key.multiples?.current)
    }

    private func signInputs(_ key: RealmKey) throws(CryptoError) {
        let signer = try signer(key)
        try inputs.withUnsafeBufferPointer { inputs throws(CryptoError) in
            try signer.sign(inputs)
        }
    }

    private func signer(_ key: RealmKey) throws(CryptoError) -> Signer {
        if let latest, latest.key === key { return latest.signer }
        let signer = try keptSigner(key)
        latest = (key, signer)
        return signer
    }

    private func keptSigner(_ key: RealmKey) throws(CryptoError) -> Signer {
        if let signer = signers[key.number] { return signer }
        if signers.count >= Self.keysMax { signers.removeAll() }
        let signer = try Signer(key.privateKey)
        signers[key.number] = signer
        return signer
    }

    private func verifier(_ key: RealmKey) throws(CryptoError) -> Verifier {
        if let verifier = verifiers[key.number] { return verifier }
        if verifiers.count >= Self.keysMax { verifiers.removeAll() }
        let verifier = try Verifier(key.privateKey)
        verifiers[key.number] = verifier
        return verifier
    }
}
