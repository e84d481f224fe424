package import SignetRuntime

/// The server that is called: where it is, what it is called in requests, and whether by TLS.
package struct LoadTarget: Sendable, CustomStringConvertible {
    package let address: SocketAddress
    /// The value of the Host field.
    package let host: String
    /// Nil for plain HTTP.
    package let tls: TLSTrust?

    package init(_ address: SocketAddress, host: String, tls: TLSTrust? = nil) {
        self.address = address
        self.host = host
        self.tls = tls
    }

    /// The address, as `127.0.0.1:8080`.
    package var description: String { address.description }

    /// What its connections share on one loop; nil for plain HTTP.
    func makeTLS() throws(BenchError) -> TLSClient? {
        guard let tls else { return nil }
        do throws(TLSError) {
            return try TLSClient(tls)
        } catch {
            throw BenchError(.cannotSecure(error), address)
        }
    }
}
