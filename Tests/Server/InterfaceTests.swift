import Foundation
import TestSupport
import Testing

/// `/openapi.yaml` and `/docs` of the real server, and the commands that they show.
@Suite("The interface document, as the server hands it out", .timeLimit(.minutes(15)))
struct InterfaceTests {
    private static let file = Python.packageRoot.appending(path: "docs/openapi.yaml")

    @Test("is docs/openapi.yaml, byte by byte, and a page of the same version that loads nothing")
    func served() throws {
        let server = try SignetProcess(["--set", "public_url=https://tokens.example.org/a"])
        let connection = try server.connect()
        let document = try connection.call("GET", "/openapi.yaml")
        #expect(document.status == 200)
        #expect(document.fields["content-type"] == "application/yaml")
        #expect(try Data(document.body) == Data(contentsOf: Self.file))
        let page = try connection.call("GET", "/docs")
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.fields["referrer-policy"] == "no-referrer")
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        for word in ["<script", "<link", "<img", "<iframe", "src=", "@import", "url("] {
            #expect(!page.text.contains(word), "\(word)")
        }
        // Where the server is reached, not where it listens.
        #expect(page.text.contains("SIGNET=https://tokens.example.org/a<"))
        #expect(page.text.contains("href=\"https://tokens.example.org/a/openapi.yaml\""))
        let head = try HTTPConnection(port: server.port)
        try head.send(HTTPConnection.request("HEAD", "/docs", fields: ["Connection: close"]))
        let lines = String(decoding: try head.readToEnd(), as: UTF8.self)
        #expect(lines.contains("Content-Length: \(page.body.count)\r\n"))
        #expect(lines.hasSuffix("\r\n\r\n"))
    }

    @Test("counts as a request of its address")
    func limited() throws {
        let server = try SignetProcess([
            "--set", "rate_limits.address=2/h", "--set", "trusted_proxies=127.0.0.1",
        ])
        let connection = try server.connect()
        let statuses = try ["/docs", "/openapi.yaml", "/docs", "/openapi.yaml"].map { path in
            let answer = try connection.call(
                "GET", path, fields: ["X-Forwarded-For: 192.0.2.7"])
            #expect(answer.status == 200 || answer.fields["retry-after"] != nil)
            return answer.status
        }
        #expect(statuses == [200, 200, 429, 429])
    }

    /// Runs the commands with bash, each with what those before it have answered.
    private static let commands = """
        import json, os, subprocess, sys, yaml

        file, folder = sys.argv[1:]
        told = json.load(sys.stdin)
        # curl reads this file by itself: the commands stay as they are, and fail when the answer is no success.
        with open(folder + "/.curlrc", "w") as rc:
            rc.write("silent\\nshow-error\\nfail-with-body\\n")
        variables = {"PATH": "/usr/bin:/bin", "HOME": folder, **told}
        samples = {
            operation["operationId"]: operation["x-codeSamples"][0]["source"]
            for item in yaml.load(open(file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["paths"].values()
            for operation in item.values() if isinstance(operation, dict) and "operationId" in operation
        }
        left = set(samples)

        def run(name, **taken):
            # Nothing but the document's own text, and what a client has of the answers.
            left.discard(name)
            done = subprocess.run(["/bin/bash", "-euc", samples[name]], env=variables, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{name}: {done.returncode}\\n{samples[name]}\\n{done.stdout}\\n{done.stderr}")
            for variable, path in taken.items():
                value = json.loads(done.stdout)
                for step in path.split("."):
                    value = value[int(step)] if isinstance(value, list) else value[step]
                variables[variable] = value

        for name in ["ping", "health", "metrics", "live", "ready", "verificationPage", "verificationScript",
                "interfaceDocument", "interfacePage"]:
            run(name)

        run("createApp", APP_ID="app_id", APP_KEY="app_key")
        for name in ["listApps", "showApp", "listPublicKeys"]:
            run(name)
        run("sign", AUTH_TOKEN="auth_token", REFRESH_TOKEN="refresh_token", KEY_ID="key_id")
        for name in ["signBatch", "verify", "verifyBatch", "listAppSessions"]:
            run(name)
        run("renew", AUTH_TOKEN="auth_token")
        run("logout")
        run("grantToken", ACCESS_TOKEN="access_token")
        for name in ["introspect", "checkToken", "revoke", "jwks", "appJwks", "authorizationServerMetadata",
                "openidConfiguration"]:
            run(name)

        for alias in ["", "Alias"]:
            run("makeNamedToken" + alias, TOKEN_ID="jwt_token_id")
            for name in ["listNamedTokens", "namedTokensMethods", "showNamedToken", "namedTokenMethods",
                    "deleteNamedToken"]:
                run(name + alias)

        run("restSignIn", REFRESH_TOKEN="refreshToken")
        run("restToken", ACCESS_TOKEN="accessToken")
        for name in ["restMe", "restSignOut", "signUp", "verifyAddress", "signInByProvider"]:
            run(name)

        run("signIn", JWT="jwt-token.token")
        run("listSessions", SESSION_ID="sessions.0.id")
        for name in ["showSession", "issueJwt", "listApiTokens"]:
            run(name)
        run("makeApiToken", API_TOKEN="token")
        for name in ["showApiToken", "updateApiToken", "deleteApiToken", "setPassword", "signOut"]:
            run(name)
        run("signIn", JWT="jwt-token.token")
        run("listSessions", SESSION_ID="sessions.0.id")
        run("endSession")
        run("signIn", JWT="jwt-token.token")
        run("setOwnPassword")
        run("endSessions")

        run("updateApp")
        run("rotateAppKey", APP_KEY="app_key")
        for name in ["rotateSigningKeys", "revokeKey", "flush", "deleteApp", "rotateRootKey"]:
            run(name)
        assert not left, left
        print(len(samples))
        """

    @Test("shows commands that do what they say, for every operation")
    func samples() throws {
        let bench = try OutboundServer()
        let mailPeer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let provider = try ProviderPeer(bench.certificates, in: bench.folder)
        let settings = ["passwords.memory=8MiB", "passwords.iterations=1"]
        let server = try bench.start(
            mailPort: mailPeer.port,
            providers: "name=google issuer=\(provider.issuer) client_ids=shop",
            settings.flatMap { ["--set", $0] })
        try server.createUser("admin", password: "password", ["--role", "admin"])
        try server.createUser("ward")
        #expect(try OutboundServer.signUp("kim", on: server).status == 202)
        let mail = try #require(mailPeer.waitForMails(1)?.first)
        let told = [
            "SIGNET": "http://127.0.0.1:\(server.port)",
            "ADMIN": "http://127.0.0.1:\(server.adminPort)",
            "ROOT_KEY": try #require(server.rootKey), "USER_ID": "2",
            "VERIFY_TOKEN": try OutboundServer.link(in: mail).token,
            "ID_TOKEN": try provider.tokens(for: "ann").id,
        ]
        let home = try TemporaryFolder()
        let output = try Python.run(
            Self.commands, arguments: [Self.file.path, home.path()],
            input: try JSONEncoder().encode(told), by: Python.schemathesis)
        let count = try #require(Int(String(decoding: output, as: UTF8.self).dropLast()))
        #expect(count > 60)
    }

    @Test("is readable in a browser, which heeds the style, runs nothing and loads nothing more")
    func browser() throws {
        let server = try SignetProcess()
        let script = #"""
            import json, sys
            from selenium import webdriver
            from selenium.webdriver.chrome.service import Service
            from selenium.webdriver.common.by import By
            from selenium.webdriver.support.ui import WebDriverWait

            task = json.load(sys.stdin)
            options = webdriver.ChromeOptions()
            for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--window-size=1200,900"):
                options.add_argument(argument)
            options.binary_location = "/usr/bin/chromium"
            options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
            browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
            try:
                browser.get(task["server"] + "/docs")
                assert browser.title == task["title"], browser.title
                # By the style the contents stand beside what they lead to.
                nav, main = (browser.find_element(By.TAG_NAME, name) for name in ("nav", "main"))
                assert nav.rect["x"] + nav.rect["width"] <= main.rect["x"], (nav.rect, main.rect)
                loaded = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
                # Chromium asks for an icon by itself.
                assert [name for name in loaded if not name.endswith("/favicon.ico")] == [], loaded
                complaints = [entry["message"] for entry in browser.get_log("browser")]
                assert [text for text in complaints if "favicon.ico" not in text] == [], complaints

                # A link of the contents opens what it leads to.
                sign = browser.find_element(By.ID, "sign").find_element(By.XPATH, "..")
                assert sign.get_attribute("open") is None
                browser.find_element(By.CSS_SELECTOR, "nav a[href='#sign']").click()
                WebDriverWait(browser, 60).until(lambda _: sign.get_attribute("open") is not None)
                text = sign.text
                for word in ("POST", "/app/{app_id}/sign", "The app key as it is", "application/json", "SignRequest",
                        '"useragent": "my-user-agent"', "TokenPair", "Refusals", 'curl --request POST "$SIGNET/app/$APP_ID/sign"'):
                    assert word in text, (word, text)
                # Every link within the page leads somewhere, and nothing is wider than the window.
                broken = browser.execute_script("""
                    return [...document.querySelectorAll("a[href^='#']")].map(a => a.getAttribute("href"))
                        .filter(href => !document.getElementById(href.slice(1)))""")
                assert broken == [], broken
                for details in browser.find_elements(By.TAG_NAME, "details"):
                    browser.execute_script("arguments[0].open = true", details)
                for width in (1200, 400):
                    browser.set_window_size(width, 900)
                    wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
                    assert wide <= 0, (width, wide)
                if "picture" in task:
                    browser.set_window_size(1200, 1600)
                    browser.execute_script("""
                        for (const one of document.querySelectorAll("details")) one.open = one.contains(document.getElementById("sign"));
                        document.getElementById("sign").scrollIntoView()""")
                    browser.save_screenshot(task["picture"])
            finally:
                browser.quit()
            """#
        let version = try Signet.run(["--version"], in: server.folder).output
        var task = [
            "server": "http://127.0.0.1:\(server.port)",
            "title": version.replacing("signet", with: "Signet").replacing("\n", with: ""),
        ]
        // For whoever wants to look at it.
        task["picture"] = ProcessInfo.processInfo.environment["SIGNET_PICTURE"]
        try Python.run(script, input: try JSONEncoder().encode(task))
    }
}
