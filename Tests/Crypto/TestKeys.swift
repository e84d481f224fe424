import SignetCrypto
import Synchronization

/// One key for each algorithm. RSA keys take long to make, so algorithms of the same size share one.
enum TestKeys {
    private static let keys = Mutex<[Algorithm: PrivateKey]>([:])

    static func key(_ algorithm: Algorithm) throws -> PrivateKey {
        let original: Algorithm =
            switch algorithm {
            case .rs384, .ps256, .ps384: .rs256
            case .ps512: .rs512
            default: algorithm
            }
        // Made under the lock, so that tests that run side by side do not make it twice.
        let key = try keys.withLock { keys in
            let key = try keys[original] ?? PrivateKey.generate(original)
            keys[original] = key
            return key
        }
        guard algorithm != original else { return key }
        return try PrivateKey(algorithm: algorithm, encoded: key.encoded)
    }
}

/// The reason of the `CryptoError` that `body` throws; nil when it throws none.
func reason<Result>(_ body: () throws -> Result) -> CryptoError.Reason? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? CryptoError)?.reason
    }
}
