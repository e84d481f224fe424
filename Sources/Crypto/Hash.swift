/// A hash function of the SHA-2 family.
enum Hash {
    case sha256, sha384, sha512

    /// Bytes of a digest.
    var length: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// Bytes of the block that HMAC pads its key to (RFC 2104 section 2).
    var blockLength: Int {
        switch self {
        case .sha256: 64
        case .sha384, .sha512: 128
        }
    }

    /// The name that OpenSSL's providers fetch it by.
    var fetchName: String {
        switch self {
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        }
    }

    /// The longest digest of all.
    static let lengthMax = 64
}
