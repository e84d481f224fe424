internal import SignetAuthority
internal import SignetCrypto
internal import SignetRuntime

/// What `signet serve --demo` adds: an app to try, and the calls to try it with.
enum Demo {
    private static let appName = "demo"

    /// Makes the demo app, or gives the one that is there a new key, and returns what to print.
    static func prepare(_ server: Server) throws -> String {
        let apps = server.open.authority.apps
        let known = apps.directory.current.all.first { $0.terms.name == appName }
        let (app, key) = try Blocking.run {
            if let known,
                let key = try await apps.rotateAppKey(known, at: WallClock.unixMilliseconds)
            {
                return (known, key)
            }
            let terms = App.Terms(
                name: appName, algorithm: .es256, tokenExpire: 3600, refreshExpire: 7200,
                rotationPeriod: 31_536_000)
            let created = try await apps.create(terms, at: WallClock.unixMilliseconds)
            return (created.app, created.appKey)
        }
        return """
            Demo app \(app.idText); its key is new at every start with --demo:

            \(signCall(server.address, app, String(decoding: key, as: UTF8.self)))

            """
    }

    private static func signCall(_ address: SocketAddress, _ app: App, _ key: String) -> String {
        """
        curl --request POST \\
        --url http://\(address)/app/\(app.idText)/sign \\
        --header 'Authorization: \(key)' \\
        --header 'content-type: application/json' \\
        --data '{
        "sub":"test@test.com",
        "aud":"web-app",
        "ip": "1.1.1.1",
        "useragent":"my-user-agent",
        "personal":{
        "name":"test-user"
        }
        }'
        """
    }
}
