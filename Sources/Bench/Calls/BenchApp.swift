package import SignetCrypto
package import SignetRuntime

/// The app that a measurement signs with.
package struct BenchApp: Sendable, Equatable {
    package let id: String
    package let key: String

    /// An app that exists. Both texts are printable ASCII.
    package init(id: String, key: String) {
        self.id = id
        self.key = key
    }

    /// Creates an app with a key for `algorithm` on the server at `address`.
    package static func create(
        _ algorithm: Algorithm, rootKey: String, at address: SocketAddress, host: String
    ) throws(BenchError) -> BenchApp {
        let request = ClientRequest(
            .post, "/root/create", authorization: rootKey,
            body: """
                {"name":"signet bench","token_expire":86400,"refresh_expire":86400,\
                "key_type":"\(algorithm.keyType.name)","algo":"\(algorithm.name)",\
                "rotation_period":31536000}
                """)
        let answer = try HTTPCall(to: address, host: host).perform(request)
        guard let id = answer.member("\"app_id\":\""), let key = answer.member("\"app_key\":\"")
        else { throw BenchError(.malformedAnswer, address) }
        return BenchApp(id: id, key: key)
    }
}
