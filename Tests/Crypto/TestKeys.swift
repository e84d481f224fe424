import SignetCrypto
import Synchronization

/// One generated key for each algorithm, because RSA keys take long to make.
enum TestKeys {
    private static let keys = Mutex<[Algorithm: PrivateKey]>([:])

    static func key(_ algorithm: Algorithm) throws -> PrivateKey {
        if let key = keys.withLock({ $0[algorithm] }) { return key }
        let key = try PrivateKey.generate(algorithm)
        keys.withLock { $0[algorithm] = key }
        return key
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
