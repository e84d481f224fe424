import Foundation
import TestSupport
import Testing

@Suite("TLS: certificates and keys of the settings")
struct TLSSettingsTests {
    /// Starts a server that can't, and returns what it said.
    private func refusal(_ arguments: [String], in folder: TemporaryFolder) throws -> String {
        let outcome = try Signet.run(
            ["serve", "--port", "0", "--data", "memory:"] + arguments, in: folder)
        #expect(outcome.ending == .exited(78), "\(outcome)")
        return outcome.errors
    }

    @Test("says which file is wrong, and why")
    func wrongFiles() throws {
        let folder = try TemporaryFolder()
        let authority = try TLSAuthority(in: folder)
        let good = try authority.issue("good")
        let other = try authority.issue("other")
        let short = try authority.issue("short", .rsa(bits: 1024))
        let sealed = folder.path("sealed.key")
        try TLSAuthority.openSSL(
            ["ec", "-in", good.key, "-out", sealed, "-aes128", "-passout", "pass:secret"],
            in: folder)
        let text = try folder.write("no certificate", to: "text.pem")
        chmod(text, 0o600)
        let half = try folder.write(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", to: "half.pem")
        let refused: [(certificate: String, key: String, says: String)] = [
            ("missing.pem", good.key, "tls.certificate: missing.pem can't be used: No such file"),
            (good.certificate, "missing.key", "tls.key: missing.key can't be used: No such file"),
            (text, good.key, "tls.certificate: \(text) can't be used: it holds no certificate"),
            (
                half, good.key,
                "tls.certificate: \(half) can't be used: a certificate in it is malformed"
            ),
            (good.certificate, text, "tls.key: \(text) can't be used: it holds no private key"),
            (
                good.certificate, other.key,
                "tls.key: \(other.key) can't be used: the key is not that of"
            ),
            (
                good.certificate, sealed,
                "tls.key: \(sealed) can't be used: the key has a passphrase"
            ),
            (
                short.certificate, short.key,
                "tls.certificate: \(short.certificate) can't be used: OpenSSL"
            ),
        ]
        for (certificate, key, says) in refused {
            let errors = try refusal(["--tls-cert", certificate, "--tls-key", key], in: folder)
            #expect(errors.contains(says), "\(errors)")
        }
        let bare = try refusal(["--tls-cert", good.certificate], in: folder)
        #expect(bare.contains("tls.certificate names 1 files and tls.key 0"))
        let keyAlone = try refusal(["--tls-key", good.key], in: folder)
        #expect(keyAlone.contains("tls.certificate names 0 files and tls.key 1"))
        let authorities = try refusal(
            [
                "--tls-cert", good.certificate, "--tls-key", good.key, "--set",
                "tls.client_ca=\(text)",
            ], in: folder)
        #expect(
            authorities.contains("tls.client_ca: \(text) can't be used: it holds no certificate"))
    }

    @Test("refuses a key that everybody can read, and takes one of a group")
    func modes() throws {
        let folder = try TemporaryFolder()
        let good = try TLSAuthority(in: folder).issue("good")
        let flags = ["--tls-cert", good.certificate, "--tls-key", good.key]
        chmod(good.key, 0o644)
        #expect(try refusal(flags, in: folder).contains("chmod o= \(good.key)"))
        chmod(good.key, 0o640)
        #expect(try SignetProcess(flags).stop() == .exited(0))
    }

    @Test("warns of a certificate that has expired, and serves")
    func expired() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("expired.pem")
        try Python.run(
            """
            import datetime, os, sys
            from cryptography import x509
            from cryptography.hazmat.primitives import hashes, serialization
            from cryptography.hazmat.primitives.asymmetric import ec
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
            start = datetime.datetime(2020, 1, 1)
            end = datetime.datetime(2021, 2, 3, 4, 5, 6)
            signed = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end).sign(
                key, hashes.SHA256())
            pem = serialization.Encoding.PEM
            with open(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                file.write(signed.public_bytes(pem) + key.private_bytes(
                    pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            """, arguments: [path])
        let server = try SignetProcess(["--tls-cert", path, "--tls-key", path])
        #expect(try server.stop() == .exited(0))
        #expect(
            server.process.errorText.contains(
                "the certificate in \(path) expired at 2021-02-03T04:05:06.000Z"))
    }

    @Test("shows new certificates after SIGHUP; connections go on, and none is lost under load")
    func reload() throws {
        let server = try TLSServer(["--loops", "2"])
        let certificate = server.folder.path("server.pem")
        let key = server.folder.path("server.key")
        let second = try server.authority.issue("second")
        let result = try server.python(
            """
            import os, shutil, signal, threading
            process, new_certificate, new_key, certificate, key = sys.argv[3:]
            stop, failures, calls, serials = threading.Event(), [], [0] * 6, set()

            def load(index):
                try:
                    kept = connect(context())
                    while not stop.is_set():
                        ask(kept)
                        fresh = connect(context())
                        serials.add(fresh.getpeercert()["serialNumber"])
                        ask(fresh)
                        fresh.close()
                        calls[index] += 2
                except Exception as error:
                    failures.append(repr(error))

            def wait(ready):
                while not ready() and not failures:
                    stop.wait(0.01)
                return not failures

            threads = [threading.Thread(target=load, args=[index]) for index in range(6)]
            for thread in threads:
                thread.start()
            wait(lambda: min(calls) > 20 and len(serials) == 1)
            before = set(serials)
            # Half a change: the key of the new certificate is not there yet.
            shutil.copy(new_certificate, certificate)
            os.kill(int(process), signal.SIGHUP)
            at = min(calls)
            wait(lambda: min(calls) > at + 20)
            assert serials == before
            shutil.copy(new_key, key)
            os.kill(int(process), signal.SIGHUP)
            wait(lambda: len(serials) == 2)
            at = min(calls)
            wait(lambda: min(calls) > at + 20)
            stop.set()
            for thread in threads:
                thread.join()
            fresh = connect(context())
            assert fresh.getpeercert()["serialNumber"] not in before
            print(failures)
            """,
            [
                "\(server.process.process.id)", second.certificate, second.key, certificate, key,
            ])
        #expect(result == "[]")
        #expect(try server.process.stop() == .exited(0))
        let log = server.process.process.errorText
        #expect(log.contains("not reloaded: tls.key: \(key) can't be used: the key is not that of"))
        #expect(log.contains("certificates read"))
    }
}
