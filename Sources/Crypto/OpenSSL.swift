internal import COpenSSL

/// The cryptographic library itself.
package enum OpenSSL {
    /// Its version, as in `3.0.19`.
    package static var version: String {
        guard let text = OpenSSL_version(OPENSSL_VERSION) else { return "unknown" }
        // "OpenSSL 3.0.19 27 Jan 2026"
        let words = String(cString: text).split(separator: " ")
        return words.count > 1 ? String(words[1]) : "unknown"
    }
}
