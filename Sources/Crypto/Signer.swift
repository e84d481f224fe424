internal import COpenSSL

/// Signs with one key, with contexts that are kept. Not `Sendable`: one for each thread and key.
package final class Signer {
    private enum Backend {
        case hmac(HMAC)
        case rsa(DigestSigner)
        case ecdsa(ECDSASigner)
        case eddsa(EdDSASigner)
    }

    /// The algorithm of the signatures.
    package let algorithm: Algorithm
    /// Bytes of every signature: the hash for HMAC, the modulus for RSA, r‖s for ECDSA, 64 for EdDSA.
    package let signatureLength: Int

    private let backend: Backend
    /// Takes what it can of a batch, and leaves the rest to the backend.
    private let lanes: (any SignatureLanes)?

    /// Sets up signing with `key`. Throws what the libraries refuse, which for a `PrivateKey` is nothing
    /// but a lack of memory.
    package init(_ key: PrivateKey) throws(CryptoError) {
        algorithm = key.algorithm
        lanes = try MultiBuffer.lanes(for: key)
        switch key.publicKey?.form {
        case nil:
            guard let hash = algorithm.hash else { throw CryptoError(.wrongAlgorithm) }
            let hmac = try HMAC(hash, secret: key.secret)
            backend = .hmac(hmac)
            signatureLength = hmac.length
        case .rsa:
            let signer = try DigestSigner(key)
            backend = .rsa(signer)
            signatureLength = signer.sizeMax
        case .p256, .p384, .p521:
            let signer = try ECDSASigner(key)
            backend = .ecdsa(signer)
            signatureLength = signer.signatureLength
        case .ed25519:
            backend = .eddsa(try EdDSASigner(key))
            signatureLength = EdDSASigner.signatureLength
        }
    }

    /// Signs every message of `batch`, in order. Throws at the first failure; then no signature of
    /// the batch may be used. A batch, so that a backend may sign several messages at once.
    package func sign(_ batch: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        var rest = batch[...]
        if let lanes {
            while rest.count >= lanes.countMin {
                let inputs = rest.prefix(MultiBuffer.laneCount)
                try lanes.sign(UnsafeBufferPointer(rebasing: inputs))
                rest = rest.dropFirst(inputs.count)
            }
        }
        try signRest(UnsafeBufferPointer(rebasing: rest))
    }

    private func signRest(_ batch: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        switch backend {
        case .hmac(let hmac):
            for input in batch {
                let tag = input.signature.assumingMemoryBound(to: UInt8.self)
                hmac.authenticate(input.message, into: tag)
            }
        case .rsa(let signer):
            for input in batch {
                let target = UnsafeMutableRawBufferPointer(
                    start: input.signature, count: signatureLength)
                let length = try signer.sign(input.message, into: target)
                guard length == signatureLength else { throw CryptoError(.signingFailed) }
            }
        case .ecdsa(let signer):
            try signer.sign(batch)
        case .eddsa(let signer):
            for input in batch { try signer.sign(input.message, into: input.signature) }
        }
    }

    /// The signature of one message, for paths that are not hot.
    package func signature(of message: [UInt8]) throws(CryptoError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: signatureLength)
        var failure: CryptoError?
        message.withUnsafeBytes { message in
            signature.withUnsafeMutableBytes { signature in
                guard let start = signature.baseAddress else { return }
                let input = SigningInput(message: message, signature: start)
                withUnsafePointer(to: input) { input in
                    do throws(CryptoError) {
                        try sign(UnsafeBufferPointer(start: input, count: 1))
                    } catch {
                        failure = error
                    }
                }
            }
        }
        if let failure { throw failure }
        return signature
    }
}
