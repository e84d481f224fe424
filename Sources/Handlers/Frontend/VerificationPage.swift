internal import SignetJSON
internal import SignetRuntime

/// The page that the link in a verification mail opens, and its script. The token stands behind the `#` of the
/// link, so that no request for the page carries it; the button posts it. Whoever only looks at links, as mail
/// scanners do, uses no token up.
enum VerificationPage {
    case page, script

    /// The page's or the script's path; nil for any other.
    init?(_ path: Path) {
        guard path.count == 2, path.has("frontend", at: 0) else { return nil }
        if path.has("verify", at: 1) {
            self = .page
        } else if path.has("verify.js", at: 1) {
            self = .script
        } else {
            return nil
        }
    }

    /// Answers GET and HEAD.
    func respond(to exchange: Exchange) {
        defer { exchange.finish() }
        guard exchange.request.method == .get || exchange.request.method == .head else {
            ProblemDetails.write(
                .methodNotAllowed, "The resource does not have this method.",
                to: &exchange.response)
            exchange.response.fields.append(ResponseField("Allow", "GET, HEAD"))
            return
        }
        exchange.response.isUncacheable = true
        exchange.response.contentType =
            self == .page ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8"
        exchange.response.fields += [
            ResponseField(
                "Content-Security-Policy",
                """
                default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
                form-action 'none'; frame-ancestors 'none'
                """),
            ResponseField("Referrer-Policy", "no-referrer"),
        ]
        exchange.response.body.append(literal: self == .page ? Self.html : Self.javaScript)
    }

    // Addresses are relative, so that a proxy may put the server below a path.

    private static let html: StaticString = """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>Verify your e-mail address</title>
        <script src="verify.js" defer></script>
        <h1>Verify your e-mail address</h1>
        <noscript><p>This page needs JavaScript.</p></noscript>
        <p><button id="verify" type="button" disabled>Verify</button></p>
        <p id="outcome" role="status"></p>
        </html>

        """

    private static let javaScript: StaticString = """
        "use strict";
        const button = document.getElementById("verify");
        const outcome = document.getElementById("outcome");
        const token = location.hash.slice(1);
        // Not kept in the history of the browser.
        history.replaceState(null, "", location.pathname);
        if (token) {
            button.disabled = false;
        } else {
            outcome.textContent = "Open the link in your mail again.";
        }
        button.addEventListener("click", async () => {
            button.disabled = true;
            try {
                const answer = await fetch("api/v1/auth/verify", {
                    method: "POST",
                    headers: { "Content-Type": "application/json" },
                    body: JSON.stringify({ "verify-token": token }),
                });
                if (answer.ok) {
                    outcome.textContent = "Your address is verified. You can sign in now.";
                } else if (answer.status < 500 && answer.status !== 429) {
                    outcome.textContent = "This link was used, or has expired.";
                } else {
                    throw new Error();
                }
            } catch {
                outcome.textContent = "That did not work. Please try again.";
                button.disabled = false;
            }
        });

        """
}
