/// Why the authority could not do what it was asked for. Nothing of it has happened then.
package enum AuthorityError: Error, Equatable, CustomStringConvertible {
    /// The store did not take it: disk full, I/O error, closed. It may work later.
    case storeUnavailable
    /// Too much work waits already. It may work later.
    case overloaded
    /// Another server, which has to be asked, does not answer. It may work later.
    case unreachable
    /// The cryptography library failed, or a key could not be read.
    case cryptography
    /// The master key does not open the keys of this store.
    case wrongMasterKey

    package var description: String {
        switch self {
        case .storeUnavailable: "the store is not available"
        case .overloaded: "too much work waits"
        case .unreachable: "another server does not answer"
        case .cryptography: "a cryptographic operation failed"
        case .wrongMasterKey:
            "the master key does not open the keys of this store; it is another one than the store "
                + "was made with"
        }
    }
}
