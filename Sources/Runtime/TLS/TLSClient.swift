internal import COpenSSL
import Glibc

/// Whom a client takes for the server that it wants to speak to.
package struct TLSTrust: Sendable, Equatable {
    /// Who may have signed the server's certificate.
    package enum Authorities: Sendable, Equatable {
        /// Those of the machine.
        case system
        /// These certificates (PEM).
        case these([UInt8])
        /// Anybody, and the name may be another: for measurements, never for secrets.
        case anybody
    }

    /// The name or the address that the certificate has to be for.
    package let host: String
    package var authorities = Authorities.system

    package init(host: String, _ authorities: Authorities = .system) {
        self.host = host
        self.authorities = authorities
    }
}

/// TLS 1.2 and 1.3 for the outgoing connections of one loop. Touched only on that loop's thread.
package final class TLSClient {
    private static let authoritiesMax = 1024
    private static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

    let buffers = TLSBuffers()
    private let raw: OpaquePointer
    private let trust: TLSTrust

    /// Throws when OpenSSL can't be set up, or the authorities can't be read.
    package init(_ trust: TLSTrust) throws(TLSError) {
        self.trust = trust
        raw = try checkTLS(SSL_CTX_new(TLS_client_method()), .internalFailure)
        try checkTLS(
            SSL_CTX_ctrl(raw, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil),
            .internalFailure)
        SSL_CTX_ctrl(raw, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
        SSL_CTX_ctrl(raw, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        switch trust.authorities {
        case .anybody: return
        case .system:
            try checkTLS(Int(SSL_CTX_set_default_verify_paths(raw)), .internalFailure)
        case .these(let bytes):
            let authorities = try PEMCertificates.read(bytes, max: Self.authoritiesMax)
            defer { for authority in authorities { X509_free(authority) } }
            let store = SSL_CTX_get_cert_store(raw)
            for authority in authorities {
                try checkTLS(Int(X509_STORE_add_cert(store, authority)), .unusable)
            }
        }
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    }

    deinit { SSL_CTX_free(raw) }

    /// A connection's side of the client; nil without memory.
    func makeSide() -> OpaquePointer? {
        guard let ssl = SSL_new(raw) else {
            ERR_clear_error()
            return nil
        }
        SSL_set_connect_state(ssl)
        guard name(ssl), SSL_set_alpn_protos(ssl, Self.protocols, UInt32(Self.protocols.count)) == 0
        else {
            ERR_clear_error()
            SSL_free(ssl)
            return nil
        }
        return ssl
    }

    /// Says whom the certificate has to be for, and, if that is a name, tells the server (RFC 6066 section 3, which
    /// leaves addresses out).
    private func name(_ ssl: OpaquePointer) -> Bool {
        guard SocketAddress.isNumeric(trust.host) else {
            let status = trust.host.withCString { name in
                SSL_ctrl(
                    ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                    UnsafeMutableRawPointer(mutating: name))
            }
            return status == 1 && SSL_set1_host(ssl, trust.host) == 1
        }
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), trust.host) == 1
    }
}
