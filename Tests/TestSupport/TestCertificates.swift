/// A certificate authority of a test's own, and a certificate of it for `localhost`.
package struct TestCertificates: Sendable {
    private static let script = """
        import datetime, sys
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        def certificate(name, key, issuer, issuer_key, extensions):
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
            now = datetime.datetime.now(datetime.timezone.utc)
            builder = x509.CertificateBuilder(
                subject_name=subject, issuer_name=issuer or subject, public_key=key.public_key(),
                serial_number=x509.random_serial_number(),
                not_valid_before=now - datetime.timedelta(days=1),
                not_valid_after=now + datetime.timedelta(days=1))
            for extension, critical in extensions:
                builder = builder.add_extension(extension, critical)
            return builder.sign(issuer_key, hashes.SHA256())

        authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
        authority = certificate("Signet's tests", authority_key, None, authority_key, [
            (x509.BasicConstraints(True, 0), True), (identifier, False),
            (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)])
        leaf = certificate("localhost", key, authority.subject, authority_key, [
            (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False),
            (x509.BasicConstraints(False, None), True),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)])
        pem = serialization.Encoding.PEM
        with open(sys.argv[1], "wb") as file:
            file.write(authority.public_bytes(pem))
        with open(sys.argv[2], "wb") as file:
            file.write(leaf.public_bytes(pem) + key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        """

    /// The file of the authority's certificate.
    package let authority: String
    /// The file of a server's certificate and key.
    package let server: String

    package init(in folder: TemporaryFolder) throws {
        authority = folder.path("authority.pem")
        server = folder.path("server.pem")
        try Python.run(Self.script, arguments: [authority, server])
    }
}
