/// An authority of a test's own, and the certificates that it signs: made by the `openssl` of the `PATH`.
package final class TLSAuthority: Sendable {
    /// The files (PEM) of a certificate and of its key.
    package struct Issued: Sendable {
        package let certificate: String
        package let key: String
    }

    package enum Kind: Sendable {
        case ecdsa
        case rsa(bits: Int)
    }

    private let folder: TemporaryFolder
    private let name: String
    /// The file of its own certificate.
    package var certificate: String { folder.path("\(name).pem") }

    package init(in folder: TemporaryFolder, name: String = "authority") throws {
        self.folder = folder
        self.name = name
        // Without the extensions of the system's settings.
        _ = try folder.write("[req]\ndistinguished_name = dn\n[dn]\n", to: "openssl.cnf")
        try make(
            name, "Authority \(name)", .ecdsa,
            ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"], signed: false)
    }

    /// A certificate for `hosts`, in the files `<file>.pem` and `<file>.key`.
    package func issue(
        _ file: String, hosts: [String] = ["localhost"], _ kind: Kind = .ecdsa
    ) throws -> Issued {
        let names = hosts.map { "DNS:\($0)" } + ["IP:127.0.0.1"]
        try make(
            file, hosts[0], kind,
            [
                "subjectAltName=\(names.joined(separator: ","))",
                "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                "extendedKeyUsage=serverAuth,clientAuth",
            ], signed: true)
        return Issued(certificate: folder.path("\(file).pem"), key: folder.path("\(file).key"))
    }

    private func make(
        _ file: String, _ subject: String, _ kind: Kind, _ extensions: [String], signed: Bool
    ) throws {
        let newKey =
            switch kind {
            case .ecdsa: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .rsa(let bits): ["rsa:\(bits)"]
            }
        let issuer =
            signed ? ["-CA", certificate, "-CAkey", folder.path("\(name).key")] : []
        try Self.openSSL(
            ["req", "-x509", "-config", folder.path("openssl.cnf"), "-newkey"] + newKey
                + ["-nodes", "-days", "90", "-subj", "/CN=\(subject)"]
                + ["-keyout", folder.path("\(file).key"), "-out", folder.path("\(file).pem")]
                + extensions.flatMap { ["-addext", $0] } + issuer, in: folder)
    }

    /// Runs `openssl` to its end, and returns what it wrote to its standard output.
    @discardableResult
    package static func openSSL(
        _ arguments: [String], in folder: TemporaryFolder
    ) throws -> String {
        let process = try ChildProcess(
            ChildProcess.find("openssl"), arguments, environment: [:], in: folder.path())
        let ending = try process.waitForEnd()
        guard ending == .exited(0) else {
            throw ChildProcess.Failure.tooSlow("openssl \(arguments[0]): \(process.errorText)")
        }
        return process.outputText
    }
}
