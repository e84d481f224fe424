internal import SignetAuthority
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime

/// What `signet serve --demo` adds: an app and a user to try, and the calls to try them with.
enum Demo {
    private static let appName = "demo"
    static let login = "admin"
    private static let email = "admin@example.org"
    static let password = "password"

    /// Makes what is missing, and returns what to print.
    static func prepare(_ server: Server) throws -> String {
        let authority = server.open.authority
        return try prepareApp(authority.apps, server.url, server.audit) + "\n"
            + prepareUser(authority.accounts, server.audit) + "\n\n" + tokenCall(server.url) + "\n"
            + signInCall(server.url) + "\n" + accountCall(server.url) + "\n"
    }

    /// Makes the demo app, or gives the one that is there a new key.
    private static func prepareApp(
        _ apps: Apps, _ url: String, _ audit: AuditLog?
    ) throws -> String {
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
        if known?.id == app.id {
            audit?.recordOwn(.keyRotated, of: .app(app.idText), "app key")
        } else {
            audit?.recordOwn(.appCreated, of: .app(app.idText))
        }
        return """
            Demo app \(app.idText); its key is new at every start with --demo:

            \(signCall(url, app, String(decoding: key, as: UTF8.self)))

            """
    }

    /// Makes the demo user. One that is there is left alone: its password may be a real one.
    private static func prepareUser(_ accounts: Accounts, _ audit: AuditLog?) throws -> String {
        guard let login = Login(login.utf8), let email = EmailAddress(email.utf8) else {
            preconditionFailure("a login and an address")
        }
        let outcome = try Blocking.run {
            try await accounts.create(
                Accounts.NewUser(login: login, email: email, role: .admin),
                password: Password(Array(password.utf8)), at: WallClock.unixMilliseconds)
        }
        guard case .created(let user) = outcome else {
            return "The user \(login.text) was there already; its password is what it was."
        }
        audit?.recordOwn(.userCreated, of: .user(user.id))
        return """
            Demo user \(login.text), password: \(password). Before others can reach this server: \
            signet user delete \(login.text)
            """
    }

    /// POST `/api/v1alpha/token`, as the demo user.
    private static func tokenCall(_ url: String) -> String {
        """
        curl -u \(login):\(password) --location --request POST '\(url)/api/v1alpha/token' \\
        --header 'Content-Type: application/json' \\
        -d '{
            "jwt_token_description": "Token specter",
            "jwt_token_life": "6 hours"
        }'

        """
    }

    /// POST `/api/rest/signin`, as the demo user.
    private static func signInCall(_ url: String) -> String {
        """
        curl --request POST \\
        --url '\(url)/api/rest/signin?=' \\
        --header 'Content-Type: multipart/form-data' \\
        --form login=\(login) \\
        --form 'password=\(password)'

        """
    }

    /// POST `/frontend/api/v1/auth/sign-in`, as the demo user.
    private static func accountCall(_ url: String) -> String {
        """
        curl --request POST \\
        --url \(url)/frontend/api/v1/auth/sign-in \\
        --header 'Content-Type: application/json' \\
        --data '{
        "current-user": null,
        "email": "\(email)",
        "logout-other": false,
        "long-term-token": true,
        "password": "\(password)",
        "ret-url": null
        }'

        """
    }

    private static func signCall(_ url: String, _ app: App, _ key: String) -> String {
        """
        curl --request POST \\
        --url \(url)/app/\(app.idText)/sign \\
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
