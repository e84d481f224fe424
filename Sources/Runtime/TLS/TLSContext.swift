internal import COpenSSL

/// The one owner of an `SSL_CTX`: what all connections have in common that come while its terms are those of
/// the server. TLS 1.2 and 1.3 as Mozilla's "intermediate" has it (version 5.7), but for finite-field
/// Diffie-Hellman, which costs a loop too much (docs/decisions/0028-tls.md).
///
/// `@unchecked Sendable`: nothing is changed after `init`; OpenSSL makes connections of one from any thread.
final class TLSContext: @unchecked Sendable {
    private static let ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    private static let suites =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"
    /// 112 bits: RSA from 2048 bits on, no SHA-1.
    private static let securityLevel: Int32 = 2
    /// Authorities of clients.
    private static let authoritiesMax = 64
    /// Certificates between that of a client and its authority.
    private static let clientChainMax: Int32 = 4
    /// Bytes of the certificates that a client may send.
    private static let clientChainBytesMax = 32 * 1024

    private let raw: OpaquePointer
    private let certificates: [TLSCertificate]
    private let tickets: TicketKeys

    init(_ terms: TLSTerms, _ tickets: TicketKeys) throws(TLSError) {
        certificates = terms.certificates
        self.tickets = tickets
        raw = try checkTLS(SSL_CTX_new(TLS_server_method()), .internalFailure)
        // The callbacks know us by it; every connection keeps its context.
        SSL_CTX_set_ex_data(raw, 0, Unmanaged.passUnretained(self).toOpaque())
        try setProtocols()
        // The first is set last, so that it is the one that is shown.
        for certificate in certificates.reversed() { try Self.set(certificate, in: raw) }
        if certificates.count > 1 {
            SSL_CTX_set_cert_cb(raw, { ssl, _ in TLSContext.of(ssl)?.choose(ssl) ?? 0 }, nil)
        }
        try setTickets(terms)
        if !terms.clientAuthorities.isEmpty { try ask(terms.clientAuthorities) }
    }

    deinit { SSL_CTX_free(raw) }

    /// A connection's side of the server; nil without memory. It must not outlive us.
    func makeServerSide() -> OpaquePointer? {
        guard let ssl = SSL_new(raw) else {
            ERR_clear_error()
            return nil
        }
        SSL_set_accept_state(ssl)
        return ssl
    }

    /// Throws when OpenSSL would not show `certificate` to anybody: its key is too short, for example.
    static func check(_ certificate: TLSCertificate) throws(TLSError) {
        let raw = try checkTLS(SSL_CTX_new(TLS_server_method()), .internalFailure)
        defer { SSL_CTX_free(raw) }
        SSL_CTX_set_security_level(raw, securityLevel)
        try set(certificate, in: raw)
    }

    // MARK: Setting up

    private func setProtocols() throws(TLSError) {
        SSL_CTX_set_security_level(raw, Self.securityLevel)
        // A client that puts ChaCha20 first has no AES in hardware, and gets it.
        SSL_CTX_set_options(
            raw, signetNoRenegotiation | signetNoCompression | signetOwnCipherOrder)
        try control(SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION))
        try checkTLS(Int(SSL_CTX_set_cipher_list(raw, Self.ciphers)), .internalFailure)
        try checkTLS(Int(SSL_CTX_set_ciphersuites(raw, Self.suites)), .internalFailure)
        let status = Self.groups.withCString { groups in
            SSL_CTX_ctrl(
                raw, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: groups))
        }
        try checkTLS(status, .internalFailure)
        // Buffers are there while bytes are on their way only: an idle connection has none. No certificate is
        // added to a chain from the authorities of clients.
        let modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN
        SSL_CTX_ctrl(raw, SSL_CTRL_MODE, Int(modes), nil)
        SSL_CTX_set_alpn_select_cb(
            raw,
            { _, chosen, count, offered, offeredCount, _ in
                TLSContext.choose(chosen, count, offered, offeredCount)
            }, nil)
    }

    private static func set(
        _ certificate: TLSCertificate, in raw: OpaquePointer
    ) throws(TLSError) {
        let status = SSL_CTX_use_cert_and_key(
            raw, certificate.leaf, certificate.key, certificate.others, 1)
        try checkTLS(Int(status), .unusable)
    }

    private func setTickets(_ terms: TLSTerms) throws(TLSError) {
        // Tickets are all there is: nothing of a session is kept here.
        SSL_CTX_ctrl(raw, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        SSL_CTX_set_timeout(raw, Int(TicketKeys.ticketSeconds))
        // A ticket is good for the authorities that the client's certificate was checked by.
        var context = [UInt8](repeating: 0, count: Int(SSL_MAX_SID_CTX_LENGTH))
        SHA256(terms.clientAuthorities, terms.clientAuthorities.count, &context)
        try checkTLS(
            Int(SSL_CTX_set_session_id_context(raw, context, UInt32(context.count))),
            .internalFailure)
        let status = SSL_CTX_set_tlsext_ticket_key_evp_cb(raw) {
            ssl, name, vector, cipher, mac, seals in
            guard let context = TLSContext.of(ssl), let name, let vector, let cipher, let mac else {
                return -1
            }
            return seals == 1
                ? context.seal(name, vector, cipher, mac) : context.open(name, vector, cipher, mac)
        }
        try checkTLS(Int(status), .internalFailure)
    }

    /// Has clients be asked for a certificate of one of `authorities`. Who has none may come; a bad one is
    /// refused.
    private func ask(_ authorities: [UInt8]) throws(TLSError) {
        let store = SSL_CTX_get_cert_store(raw)
        let authorities = try PEMCertificates.read(authorities, max: Self.authoritiesMax)
        defer { for authority in authorities { X509_free(authority) } }
        for authority in authorities {
            guard X509_STORE_add_cert(store, authority) == 1,
                SSL_CTX_add_client_CA(raw, authority) == 1
            else { throw .last(.unusable) }
        }
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
        SSL_CTX_set_verify_depth(raw, Self.clientChainMax)
        SSL_CTX_ctrl(raw, SSL_CTRL_SET_MAX_CERT_LIST, Self.clientChainBytesMax, nil)
        let opened: SSL_CTX_decrypt_session_ticket_fn = { _, session, _, _, status, _ in
            TLSContext.verdict(on: session, status)
        }
        SSL_CTX_set_session_ticket_cb(raw, nil, opened, nil)
    }

    private func control(_ command: Int32, _ argument: Int) throws(TLSError) {
        try checkTLS(SSL_CTX_ctrl(raw, command, argument, nil), .internalFailure)
    }

    // MARK: In a handshake

    private static func of(_ ssl: OpaquePointer?) -> TLSContext? {
        guard let context = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0) else { return nil }
        return Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue()
    }

    /// Shows the certificates for the host that the client names (RFC 6066 section 3): of each kind of key
    /// the first. If there is none, the first of all.
    private func choose(_ ssl: OpaquePointer?) -> Int32 {
        var fitting: [TLSCertificate] = []
        if let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) {
            fitting = certificates.filter { $0.covers(name) }
        }
        if fitting.isEmpty { fitting = [certificates[0]] }
        SSL_certs_clear(ssl)
        for certificate in fitting.reversed() {
            let status = SSL_use_cert_and_key(
                ssl, certificate.leaf, certificate.key, certificate.others, 1)
            guard status == 1 else { return 0 }
        }
        return 1
    }

    /// HTTP/1.1, or 1.0, of what the client offers; else the handshake fails (RFC 7301 section 3.2).
    private static func choose(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
        _ count: UInt32
    ) -> Int32 {
        let offers = UnsafeBufferPointer(start: offered, count: Int(count))
        for known in ["http/1.1", "http/1.0"] {
            var start = 0
            while start < offers.count, start + 1 + Int(offers[start]) <= offers.count {
                let name = offers[start + 1..<start + 1 + Int(offers[start])]
                if name.elementsEqual(known.utf8) {
                    chosen?.pointee = offered.map { $0 + start + 1 }
                    chosenCount?.pointee = offers[start]
                    return SSL_TLSEXT_ERR_OK
                }
                start += 1 + name.count
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    private func seal(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer, _ mac: OpaquePointer
    ) -> Int32 {
        guard let key = tickets.sealing(), key.seal(name, vector, cipher, mac) else { return -1 }
        return 1
    }

    private func open(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer, _ mac: OpaquePointer
    ) -> Int32 {
        let name = UnsafeRawBufferPointer(start: name, count: TicketKey.nameCount)
        guard let (key, isSealing) = tickets.opening(name) else { return 0 }
        guard key.open(vector, cipher, mac) else { return -1 }
        return isSealing ? 1 : 2
    }

    /// What becomes of a client's ticket: none helps a certificate over its end.
    private static func verdict(on session: OpaquePointer?, _ status: Int32) -> Int32 {
        guard status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW else {
            return SSL_TICKET_RETURN_IGNORE_RENEW
        }
        if let certificate = SSL_SESSION_get0_peer(session),
            X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
        {
            return SSL_TICKET_RETURN_IGNORE_RENEW
        }
        return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
    }
}
