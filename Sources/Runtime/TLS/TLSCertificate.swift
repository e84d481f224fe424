internal import COpenSSL
import Glibc

/// A server's certificate with its private key, and the certificates between it and its authority.
///
/// `@unchecked Sendable`: nothing is changed after `init`, and OpenSSL counts references atomically.
package final class TLSCertificate: @unchecked Sendable {
    /// Certificates of one chain.
    private static let chainMax = 16

    let leaf: OpaquePointer
    let key: OpaquePointer
    /// A `STACK_OF(X509)` of the others, which owns them.
    let others: OpaquePointer

    /// Reads PEM (RFC 7468). What else stands between the certificates is skipped.
    ///
    /// - Parameters:
    ///   - chain: the server's own certificate first, then each that has signed the one before.
    ///   - key: its private key, without a passphrase. The caller wipes the bytes.
    package init(chain: [UInt8], key: [UInt8]) throws(TLSError) {
        let certificates = try PEMCertificates.read(chain, max: Self.chainMax)
        do throws(TLSError) {
            self.key = try Self.readKey(key)
        } catch {
            for certificate in certificates { X509_free(certificate) }
            throw error
        }
        // The first is there: none is an error.
        leaf = certificates[0]
        others = OPENSSL_sk_new_null()
        for certificate in certificates[1...] {
            OPENSSL_sk_push(others, UnsafeRawPointer(certificate))
        }
        guard X509_check_private_key(leaf, self.key) == 1 else { throw .last(.keyDoesNotMatch) }
        try TLSContext.check(self)
    }

    deinit {
        Self.free(leaf, others)
        EVP_PKEY_free(key)
    }

    /// From when on it is valid, in Unix seconds.
    package var validFrom: Int64 { Self.unixSeconds(X509_get0_notBefore(leaf)) }

    /// Until when it is valid, in Unix seconds.
    package var validUntil: Int64 { Self.unixSeconds(X509_get0_notAfter(leaf)) }

    /// Whether it is for the host `name` (RFC 9525 section 6.3).
    func covers(_ name: UnsafePointer<CChar>) -> Bool {
        let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        return X509_check_host(leaf, name, strlen(name), flags, nil) == 1
    }

    private static func readKey(_ bytes: [UInt8]) throws(TLSError) -> OpaquePointer {
        let source = try checkTLS(
            BIO_new_mem_buf(bytes, Int32(bytes.count)), .internalFailure)
        defer { BIO_free(source) }
        var wasAsked = false
        // Without a function of ours OpenSSL would ask on the terminal.
        let key = PEM_read_bio_PrivateKey(
            source, nil,
            { _, _, _, wasAsked in
                wasAsked?.storeBytes(of: true, as: Bool.self)
                return -1
            }, &wasAsked)
        guard let key else { throw .last(wasAsked ? .encryptedKey : .malformedKey) }
        return key
    }

    private static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        // Certificates were parsed, so that their times are times.
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }

    private static func free(_ leaf: OpaquePointer, _ others: OpaquePointer?) {
        X509_free(leaf)
        while let certificate = OPENSSL_sk_pop(others) { X509_free(OpaquePointer(certificate)) }
        OPENSSL_sk_free(others)
    }
}

/// Certificates as PEM.
enum PEMCertificates {
    /// The certificates in `bytes`, at least one and at most `max`, in their order. The caller frees them.
    static func read(_ bytes: [UInt8], max: Int) throws(TLSError) -> [OpaquePointer] {
        let source = try checkTLS(
            BIO_new_mem_buf(bytes, Int32(bytes.count)), .internalFailure)
        defer { BIO_free(source) }
        var certificates: [OpaquePointer] = []
        while let certificate = PEM_read_bio_X509(source, nil, nil, nil) {
            certificates.append(certificate)
        }
        let code = ERR_peek_last_error()
        // The end of the text says that no further certificate begins.
        let isAtEnd =
            ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE
        let error: TLSError? =
            switch certificates.count {
            case _ where !isAtEnd: .last(.malformedCertificate)
            case 0: TLSError(.noCertificate)
            case 1...max: nil
            default: TLSError(.tooManyCertificates)
            }
        ERR_clear_error()
        if let error {
            for certificate in certificates { X509_free(certificate) }
            throw error
        }
        return certificates
    }
}
