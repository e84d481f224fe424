import Foundation
import TestSupport
import Testing

/// Clients that keep cookies by themselves, against the real server: a browser, and Python's cookie jar.
@Suite("Cookies in a browser", .timeLimit(.minutes(15)))
struct BrowserTests {
    /// What the scripts are told, as JSON.
    private struct Task: Encodable {
        let server: String
        /// The same server by another name: for a browser, another site.
        let otherSite: String
        let login: String
        let password: String
    }

    /// Starts Debian's chromium.
    private static let chromium = #"""
        import json, sys
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        task = json.load(sys.stdin)
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        browser.set_script_timeout(60)


        """#

    private func run(_ script: String) throws {
        let server = try SignetProcess()
        try server.createUser("ann", password: "#thePassword1234!")
        let task = Task(
            server: "http://127.0.0.1:\(server.port)", otherSite: "http://localhost:\(server.port)",
            login: "ann", password: "#thePassword1234!")
        try Python.run(script, input: try JSONEncoder().encode(task))
    }

    @Test("A browser signs in by cookie, refreshes, lists its sessions and signs out")
    func browser() throws {
        try run(
            Self.chromium
                + #"""

                def fetch(method, path, form=None, value=None, origin=""):
                    """What a page's script sees of an answer: its status and its JSON."""
                    return browser.execute_async_script("""
                        const [method, url, form, value, done] = arguments;
                        const options = {method, credentials: "include"};
                        if (form) {
                            options.body = new FormData();
                            for (const name in form) options.body.append(name, form[name]);
                        } else if (value) {
                            options.body = JSON.stringify(value);
                            options.headers = {"Content-Type": "application/json"};
                        }
                        fetch(url, options).then(async answer => {
                            const text = await answer.text();
                            done([answer.status, text ? JSON.parse(text) : null]);
                        }, () => done([0, null]));
                        """, method, origin + path, form, value)

                credentials = {"login": task["login"], "password": task["password"]}
                try:
                    browser.get(task["server"] + "/ping")
                    assert fetch("GET", "/api/rest/me")[0] == 401

                    status, tokens = fetch("POST", "/api/rest/signin", form={**credentials, "cookieauth": "true"})
                    assert status == 201, (status, tokens)
                    [cookie] = browser.get_cookies()
                    assert cookie["value"] == tokens["refreshToken"], cookie
                    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["path"] == "/", cookie
                    assert "expiry" not in cookie and not cookie["secure"], cookie
                    # No script of the page can read it.
                    assert browser.execute_script("return document.cookie") == ""

                    status, refreshed = fetch("POST", "/api/rest/token")
                    assert status == 201 and refreshed["refreshToken"] == tokens["refreshToken"], refreshed
                    status, me = fetch("GET", "/api/rest/me")
                    assert (status, me["login"]) == (200, task["login"]), me

                    # A page of another site can do nothing with it, nor read an answer.
                    browser.get(task["otherSite"] + "/ping")
                    for method, path in [("POST", "/api/rest/token"), ("POST", "/api/rest/signout"), ("GET", "/api/rest/me")]:
                        assert fetch(method, path, origin=task["server"]) == [0, None], (method, path)
                    browser.get(task["server"] + "/ping")
                    assert fetch("GET", "/api/rest/me")[0] == 200

                    # Accounts and sessions: the page keeps the token in the cookie `jwt`.
                    route = "/frontend/api/v1/auth"
                    status, session = fetch("POST", route + "/sign-in",
                        value={"email": "ann@example.org", "password": task["password"]})
                    assert status == 200 and session["status"] == "active", session
                    browser.execute_script("document.cookie = 'jwt=' + arguments[0] + '; path=/; SameSite=Strict'",
                        session["jwt-token"]["token"])
                    status, listed = fetch("GET", route + "/session")
                    assert status == 200 and len(listed["sessions"]) == 1, listed
                    assert listed["sessions"][0]["ua-type"] in ("desktop", "bot"), listed
                    assert "Chrome" in listed["sessions"][0]["user-agent"], listed
                    assert fetch("DELETE", route + "/sign-out") == [200, {"success": True, "ret-url": None}]
                    assert fetch("GET", route + "/session")[0] == 401

                    assert fetch("POST", "/api/rest/signout") == [200, {}]
                    assert [cookie["name"] for cookie in browser.get_cookies()] == ["jwt"]
                    assert fetch("GET", "/api/rest/me")[0] == 401
                    assert fetch("POST", "/api/rest/token")[0] == 400
                finally:
                    browser.quit()
                """#)
    }

    @Test(
        "A browser opens the link of a verification mail, and its button verifies the address once")
    func verificationPage() throws {
        let bench = try OutboundServer()
        let peer = try MailPeer(.startTLS, bench.certificates, in: bench.folder)
        let server = try bench.start(mailPort: peer.port)
        #expect(try OutboundServer.signUp("ann", on: server).status == 202)
        let (page, token) = try OutboundServer.link(in: #require(peer.waitForMails(1)?.first))
        try Python.run(
            Self.chromium
                + #"""
                from selenium.webdriver.common.by import By
                from selenium.webdriver.support.ui import WebDriverWait

                def press():
                    """Opens the link, presses its button, and returns what the page then says."""
                    browser.get("about:blank")
                    browser.get(task["link"])
                    assert "#" not in browser.current_url
                    browser.find_element(By.ID, "verify").click()
                    outcome = browser.find_element(By.ID, "outcome")
                    return WebDriverWait(browser, 60).until(lambda _: outcome.text)

                try:
                    assert press() == "Your address is verified. You can sign in now."
                    assert press() == "This link was used, or has expired."
                    browser.get(task["link"].split("#")[0])
                    assert not browser.find_element(By.ID, "verify").is_enabled()
                finally:
                    browser.quit()
                """#, input: try JSONEncoder().encode(["link": "\(page)#\(token)"]))
        #expect(try OutboundServer.signIn("ann", on: server).object?["jwt-token"] != nil)
    }

    @Test("Python's cookie jar signs in by cookie, refreshes, lists sessions and signs out")
    func cookieJar() throws {
        try run(
            #"""
            import http.cookiejar, json, sys, urllib.error, urllib.parse, urllib.request

            task = json.load(sys.stdin)
            jar = http.cookiejar.CookieJar()
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))

            def call(method, path, body=None, content_type=None, **fields):
                request = urllib.request.Request(task["server"] + path, body, method=method,
                    headers={**({"Content-Type": content_type} if content_type else {}), **fields})
                try:
                    with opener.open(request, timeout=60) as answer:
                        return answer.status, json.loads(answer.read() or b"null")
                except urllib.error.HTTPError as error:
                    return error.code, json.loads(error.read() or b"null")

            form = urllib.parse.urlencode(
                {"login": task["login"], "password": task["password"], "cookieauth": "true"}).encode()
            status, tokens = call("POST", "/api/rest/signin", form, "application/x-www-form-urlencoded")
            assert status == 201, tokens
            [cookie] = jar
            assert cookie.value == tokens["refreshToken"] and cookie.discard and cookie.path == "/", cookie
            assert cookie.has_nonstandard_attr("HttpOnly"), cookie
            assert cookie.get_nonstandard_attr("SameSite") == "Strict", cookie

            # By cookie alone nothing is changed unless the page says that it is ours.
            assert call("POST", "/api/rest/token")[0] == 403
            assert call("POST", "/api/rest/token", Origin="https://example.com")[0] == 403
            status, refreshed = call("POST", "/api/rest/token", Origin=task["server"])
            assert status == 201 and refreshed["refreshToken"] == tokens["refreshToken"], refreshed
            assert call("GET", "/api/rest/me")[1]["login"] == task["login"]

            route = "/frontend/api/v1/auth"
            status, session = call("POST", route + "/sign-in", json.dumps(
                {"email": "ann@example.org", "password": task["password"]}).encode(), "application/json")
            assert status == 200, session
            jar.set_cookie(http.cookiejar.Cookie(0, "jwt", session["jwt-token"]["token"], None, False,
                "127.0.0.1", False, False, "/", True, False, None, True, None, None, {}))
            status, listed = call("GET", route + "/session")
            assert status == 200 and len(listed["sessions"]) == 1, listed
            assert call("DELETE", route + "/sign-out") == (200, {"success": True, "ret-url": None})
            assert call("GET", route + "/session")[0] == 401

            assert call("POST", "/api/rest/signout", Origin=task["server"]) == (200, {})
            assert [cookie.name for cookie in jar] == ["jwt"], list(jar)
            assert call("GET", "/api/rest/me")[0] == 401
            """#)
    }
}
