internal import Glibc
internal import Logging
internal import SignetRuntime

/// The certificates of a server that speaks HTTPS, from the files that its settings name; SIGHUP reads them
/// again.
final class ServerCertificates: Reloadable {
    /// The most that a file may have: certificates and keys are small.
    private static let fileBytesMax = 1 << 20

    let identity: TLSIdentity
    private let log: Logger

    /// Nil when no setting asks for TLS. Throws a `CommandFailure` that says which file is wrong, and why.
    init?(_ settings: Settings.TLS, log: Logger) throws(CommandFailure) {
        guard settings != Settings.TLS() else { return nil }
        self.log = log
        let terms = try Self.read(settings)
        do throws(TLSError) {
            identity = try TLSIdentity(terms)
        } catch {
            throw Self.unusable("tls.client_ca", settings.clientCA, "\(error)")
        }
        tell(of: terms, settings)
    }

    static let settingNames = ["tls.certificate", "tls.key", "tls.client_ca"]
    var settingNames: [String] { Self.settingNames }

    /// Connections that are open keep what they have.
    func reload(_ settings: Settings) throws(CommandFailure) {
        let terms = try Self.read(settings.tls)
        do throws(TLSError) {
            try identity.replace(terms)
        } catch {
            throw Self.unusable("tls.client_ca", settings.tls.clientCA, "\(error)")
        }
        log.info("certificates read", metadata: ["count": "\(terms.certificates.count)"])
        tell(of: terms, settings.tls)
    }

    /// Warns of certificates that clients will not take.
    private func tell(of terms: TLSTerms, _ settings: Settings.TLS) {
        let now = WallClock.unixMilliseconds / 1000
        for (certificate, path) in zip(terms.certificates, settings.certificates) {
            let from = Timestamp(seconds: Int(certificate.validFrom), milliseconds: 0)
            let until = Timestamp(seconds: Int(certificate.validUntil), milliseconds: 0)
            if certificate.validUntil <= now {
                log.warning("the certificate in \(path) expired at \(until)")
            } else if certificate.validFrom > now {
                log.warning("the certificate in \(path) is not valid before \(from)")
            }
        }
    }

    /// Refuses settings that go against each other.
    static func check(_ settings: Settings) throws(CommandFailure) {
        guard settings.tls != Settings.TLS() else { return }
        try checkCounts(settings.tls)
    }

    private static func checkCounts(_ settings: Settings.TLS) throws(CommandFailure) {
        let (chains, keys) = (settings.certificates, settings.keys)
        guard !chains.isEmpty, chains.count == keys.count else {
            throw CommandFailure(
                "tls.certificate names \(chains.count) files and tls.key \(keys.count); each certificate "
                    + "needs its key, in the same place of the list", status: .configuration)
        }
    }

    private static func read(_ settings: Settings.TLS) throws(CommandFailure) -> TLSTerms {
        try checkCounts(settings)
        let (chains, keys) = (settings.certificates, settings.keys)
        var certificates: [TLSCertificate] = []
        for (chain, key) in zip(chains, keys) { certificates.append(try read(chain, key)) }
        var terms = TLSTerms(certificates)
        if !settings.clientCA.isEmpty {
            terms.clientAuthorities = try bytes(settings.clientCA, of: "tls.client_ca")
            guard !terms.clientAuthorities.isEmpty else {
                throw unusable("tls.client_ca", settings.clientCA, "it is empty")
            }
        }
        return terms
    }

    private static func read(
        _ chainPath: String, _ keyPath: String
    ) throws(CommandFailure) -> TLSCertificate {
        let chain = try bytes(chainPath, of: "tls.certificate")
        try checkMode(keyPath)
        var key = try bytes(keyPath, of: "tls.key")
        defer {
            key.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
            }
        }
        do throws(TLSError) {
            return try TLSCertificate(chain: chain, key: key)
        } catch {
            guard error.isOfKey else { throw unusable("tls.certificate", chainPath, "\(error)") }
            throw unusable("tls.key", keyPath, "\(error)")
        }
    }

    /// A key that everybody on the machine can read is no secret.
    private static func checkMode(_ path: String) throws(CommandFailure) {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & 0o007 != 0 else { return }
        throw unusable("tls.key", path, "other users may read or change it; chmod o= \(path)")
    }

    private static func bytes(_ path: String, of name: String) throws(CommandFailure) -> [UInt8] {
        do throws(FileError) {
            return try FileBytes.read(path: path, bytesMax: fileBytesMax)
        } catch {
            throw unusable(name, path, "\(error)")
        }
    }

    private static func unusable(
        _ name: String, _ path: String, _ reason: String
    ) -> CommandFailure {
        CommandFailure("\(name): \(path) can't be used: \(reason)", status: .configuration)
    }
}
