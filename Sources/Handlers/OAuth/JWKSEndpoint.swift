internal import SignetAuthority
internal import SignetRuntime

/// The public keys (RFC 7517 section 5), of all apps or of one. The documents are made when keys
/// change (`JWKSDocument`); a request copies one. Not `Sendable`: one for each loop.
struct JWKSEndpoint {
    private var keys: Snapshot<KeySet>.Reader
    /// How long a copy of all apps' keys may be kept. An app that replaces its keys every few minutes
    /// needs a shorter time, which its own document has.
    private static let ageSecondsMax: Int64 = 300

    /// The document that was asked for last, and its fields.
    private var last: (document: JWKSDocument, ageSeconds: Int64, fields: [ResponseField])?

    init(_ keyRing: KeyRing) {
        keys = Snapshot.Reader(keyRing.keys)
    }

    /// GET `/.well-known/jwks.json`, or `/app/{app_id}/.well-known/jwks.json` for the keys of `app`.
    mutating func answer(_ exchange: Exchange, _ app: App? = nil) {
        let keys = keys.read()
        let document = app.map { keys.jwks(app: $0.number) } ?? keys.jwks
        exchange.response.fields += fields(
            of: document, ageSeconds: app?.keySetAgeSecondsMax ?? Self.ageSecondsMax)
        if Self.isKnown(document, to: exchange) {
            exchange.response.status = .notModified
        } else {
            exchange.response.body.append(contentsOf: document.body)
        }
    }

    private mutating func fields(
        of document: JWKSDocument, ageSeconds: Int64
    ) -> [ResponseField] {
        if let last, last.document === document, last.ageSeconds == ageSeconds {
            return last.fields
        }
        let control = Array("public, max-age=\(ageSeconds)".utf8)
        let fields = [
            ResponseField("Cache-Control", bytes: control),
            ResponseField("ETag", bytes: document.entityTag),
        ].compactMap(\.self)
        last = (document, ageSeconds, fields)
        return fields
    }

    /// Whether the client has the document already (RFC 9110 section 13.1.2). The tag is looked for
    /// with its quotes, which no tag holds, so that it is found as a whole element of the list only;
    /// a `W/` in front of it makes no difference to this comparison.
    private static func isKnown(_ document: JWKSDocument, to exchange: Exchange) -> Bool {
        exchange.request.bytes.withUnsafeBytes { bytes in
            exchange.request.fields.contains { field in
                let name = UnsafeRawBufferPointer(rebasing: bytes[field.name])
                guard name.isEqual(to: "if-none-match") else { return false }
                let value = UnsafeRawBufferPointer(rebasing: bytes[field.value])
                return value.isEqual(to: "*") || value.contains(document.entityTag)
            }
        }
    }
}
