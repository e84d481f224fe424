internal import SignetJSON
internal import SignetRuntime

/// What the server says of itself (RFC 8414 section 2, OpenID Connect Discovery section 3), made from
/// the settings when the server starts. One document for both addresses: Signet is no OpenID
/// provider, but many libraries find an issuer's keys by that address alone.
struct MetadataDocument {
    private let body: [UInt8]
    /// The path of the issuer; empty for most.
    private let issuerPath: [UInt8]

    /// - Parameter issuer: an absolute URL without a slash at its end.
    init(issuer: String) {
        let segments = issuer.split(separator: "/", omittingEmptySubsequences: false)
        issuerPath = segments.dropFirst(3).flatMap { Array("/\($0)".utf8) }
        var body: [UInt8] = []
        func append(_ name: StaticString, path: String) {
            body.append(literal: name)
            body.append(jsonString: issuer + path)
        }
        append(#"{"issuer":"#, path: "")
        append(#","token_endpoint":"#, path: "/oauth/token")
        append(#","introspection_endpoint":"#, path: "/oauth/introspect")
        append(#","revocation_endpoint":"#, path: "/oauth/revoke")
        append(#","jwks_uri":"#, path: "/.well-known/jwks.json")
        // `none`: no authorization endpoint answers anything. An empty list must not be sent (RFC
        // 8414 section 3.2), and the member must be there (section 2).
        body.append(
            literal: """
                ,"response_types_supported":["none"],\
                "grant_types_supported":["client_credentials","refresh_token"],\
                "token_endpoint_auth_methods_supported":\
                ["client_secret_basic","client_secret_post"],\
                "introspection_endpoint_auth_methods_supported":\
                ["client_secret_basic","client_secret_post"],\
                "revocation_endpoint_auth_methods_supported":\
                ["client_secret_basic","client_secret_post"],\
                "subject_types_supported":["public"],\
                "id_token_signing_alg_values_supported":\
                ["RS256","RS384","RS512","PS256","PS384","PS512","ES256","ES384","ES512","EdDSA"]}
                """)
        self.body = body
    }

    /// GET `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`.
    ///
    /// - Parameter path: where the issuer's path stands in the request, if it is there: for an issuer with
    ///   a path it may follow these addresses (RFC 8414 section 3.1).
    func answer(_ exchange: Exchange, at path: Range<Int>) throws(OAuthError) {
        guard path.isEmpty || exchange.request.bytes[path].elementsEqual(issuerPath) else {
            throw .noSuchRoute
        }
        exchange.response.fields += Self.fields
        exchange.response.body.append(contentsOf: body)
    }

    private static let fields = [ResponseField("Cache-Control", "public, max-age=300")]
}
