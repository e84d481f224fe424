import Synchronization

/// What a server shows and asks in its handshakes.
package struct TLSTerms: Sendable {
    /// At least one. Who names a host that none is for gets the first.
    package var certificates: [TLSCertificate]
    /// Certificates (PEM) of those who may have signed that of a client; empty when no client is asked for one.
    package var clientAuthorities: [UInt8] = []

    package init(_ certificates: [TLSCertificate]) {
        precondition(!certificates.isEmpty)
        self.certificates = certificates
    }
}

/// TLS for all loops of a server: the terms as of now, which may be replaced while it serves, and the keys of
/// its session tickets, which outlive them.
package final class TLSIdentity: Sendable {
    let tickets: TicketKeys
    private let current: Mutex<TLSContext>

    /// Throws when OpenSSL does not take a certificate: a key that is too short, for example.
    package init(_ terms: TLSTerms, tickets: TicketKeys = TicketKeys()) throws(TLSError) {
        self.tickets = tickets
        current = Mutex(try TLSContext(terms, tickets))
    }

    /// Has connections that come from now on be shown other certificates. When it throws, nothing has changed.
    package func replace(_ terms: TLSTerms) throws(TLSError) {
        let context = try TLSContext(terms, tickets)
        current.withLock { $0 = context }
    }

    /// For a new connection.
    var context: TLSContext { current.withLock { $0 } }
}
