internal import COpenSSL
import Glibc
import Synchronization

/// The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1), for all loops of a server: the newest
/// one seals, older ones still open for as long as a ticket lives. They are never on a disk.
package final class TicketKeys: Sendable {
    /// How long a key seals.
    package static let sealingSeconds: Int64 = 3600
    /// How long a ticket may be used.
    static let ticketSeconds: Int64 = 7200
    /// How long a key is kept.
    private static let keptSeconds = sealingSeconds + ticketSeconds

    private let keys: Mutex<[TicketKey]>
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: seconds that never go back.
    package init(clock: @escaping @Sendable () -> Int64 = { TicketKeys.bootSeconds }) {
        self.clock = clock
        keys = Mutex([])
    }

    /// The key that seals now.
    func sealing() -> TicketKey? {
        let now = clock()
        return keys.withLock { keys in
            if let newest = keys.last, now - newest.madeAt < Self.sealingSeconds { return newest }
            guard let key = TicketKey(madeAt: now) else { return nil }
            keys.append(key)
            return key
        }
    }

    /// The key of that name, if it is still good, and whether it still seals.
    func opening(_ name: UnsafeRawBufferPointer) -> (key: TicketKey, isSealing: Bool)? {
        let now = clock()
        return keys.withLock { keys in
            guard let key = keys.last(where: { $0.hasName(name) }),
                now - key.madeAt < Self.keptSeconds
            else { return nil }
            return (key, now - key.madeAt < Self.sealingSeconds)
        }
    }

    /// Wipes the keys that open nothing any more.
    func dropOld() {
        let now = clock()
        keys.withLock { $0.removeAll { now - $0.madeAt >= Self.keptSeconds } }
    }

    /// Seconds since the machine was started, those of its sleep with them.
    package static var bootSeconds: Int64 {
        var time = timespec()
        // Cannot fail: the clock always exists and the pointer is ours.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}

/// One key of session tickets: AES-256-CBC and HMAC-SHA-256, in the form of RFC 5077 section 4.
///
/// `@unchecked Sendable`: written in `init` only, before anyone else has a reference.
final class TicketKey: @unchecked Sendable {
    static let nameCount = 16
    private static let secretCount = 32

    /// When it was made, in seconds of the owner's clock.
    let madeAt: Int64
    /// The name, which is in each ticket, then the two secrets.
    private let bytes: UnsafeMutablePointer<UInt8>
    private static let count = nameCount + 2 * secretCount

    /// A new one; nil if there is no randomness.
    init?(madeAt: Int64) {
        self.madeAt = madeAt
        bytes = .allocate(capacity: Self.count)
        guard RAND_bytes(bytes, Int32(Self.count)) == 1 else { return nil }
    }

    deinit {
        OPENSSL_cleanse(bytes, Self.count)
        bytes.deallocate()
    }

    func hasName(_ name: UnsafeRawBufferPointer) -> Bool {
        name.elementsEqual(UnsafeRawBufferPointer(start: bytes, count: Self.nameCount))
    }

    func copyName(to target: UnsafeMutablePointer<UInt8>) {
        target.update(from: bytes, count: Self.nameCount)
    }

    /// Writes the name to `name`, a new initialisation vector to `vector`, and sets both contexts up.
    func seal(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer, _ mac: OpaquePointer
    ) -> Bool {
        copyName(to: name)
        return RAND_bytes(vector, 16) == 1
            && EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, cipherKey, vector) == 1
            && setUp(mac)
    }

    /// Sets both contexts up for a ticket with the initialisation vector `vector`.
    func open(
        _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer, _ mac: OpaquePointer
    ) -> Bool {
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, cipherKey, vector) == 1 && setUp(mac)
    }

    private var cipherKey: UnsafeMutablePointer<UInt8> { bytes + Self.nameCount }

    private func setUp(_ mac: OpaquePointer) -> Bool {
        // The parameters point to all three texts.
        OSSL_MAC_PARAM_KEY.withCString { keyName in
            OSSL_MAC_PARAM_DIGEST.withCString { digestName in
                "SHA256".withCString { digest in
                    let parameters = [
                        OSSL_PARAM_construct_octet_string(
                            keyName, cipherKey + Self.secretCount, Self.secretCount),
                        OSSL_PARAM_construct_utf8_string(
                            digestName, UnsafeMutablePointer(mutating: digest), 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_CTX_set_params(mac, parameters) == 1
                }
            }
        }
    }
}
