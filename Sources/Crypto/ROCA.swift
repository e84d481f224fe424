/// The fingerprint of RSA keys made by Infineon's RSALib, which can be factored (CVE-2017-15361; Nemec
/// et al., "The Return of Coppersmith's Attack", section 5).
///
/// The library's primes are `k · M + (65537^a mod M)` for a product M of small primes, so for each
/// of those the modulus is congruent to a power of 65537. Another key passes all these tests with a
/// probability below 2^-27.
enum ROCA {
    /// The primes up to 167, which divide M for every key size from 512 bits on.
    private static let primes: [UInt] = (3...167).filter { number in
        !(2..<number).contains { number % $0 == 0 }
    }

    static func matches(_ modulus: borrowing BigNumber) -> Bool {
        for prime in primes where !isPowerOfGenerator(modulus.remainder(prime), modulo: prime) {
            return false
        }
        return true
    }

    private static func isPowerOfGenerator(_ value: UInt, modulo prime: UInt) -> Bool {
        let generator = 65537 % prime
        var power: UInt = 1
        repeat {
            if power == value { return true }
            power = power * generator % prime
        } while power != 1
        return false
    }
}
