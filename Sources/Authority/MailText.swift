/// What mails say, and how they look on the wire (RFC 5322). Nothing that a stranger wrote is in them but
/// the recipient's address: whoever signs others up can't have us send them a text.
package struct MailText: Sendable {
    /// How the mails' links and headers speak of this server.
    package struct Sender: Sendable {
        package let address: EmailAddress
        /// In front of the address; letters, digits, spaces, `.`, `-` and `_`; may be empty.
        package let name: String
        /// The server's public address.
        package let publicAddress: String
        /// The page that the link in a verification mail opens.
        package let verificationPage: String

        package init(
            address: EmailAddress, name: String, publicAddress: String, verificationPage: String
        ) {
            self.address = address
            self.name = name
            self.publicAddress = publicAddress
            self.verificationPage = verificationPage
        }
    }

    let subject: String
    /// Lines of ASCII.
    let lines: [String]

    /// Has a user show that the address is theirs.
    ///
    /// - Parameter lifeSeconds: of the token.
    static func verification(_ token: [UInt8], lifeSeconds: Int64, by sender: Sender) -> Self {
        let hours = max(1, lifeSeconds / 3600)
        return Self(
            subject: "Verify your e-mail address",
            lines: [
                "Somebody, most likely you, has signed up with this address at",
                sender.publicAddress, "",
                "Open this link to finish:", "",
                "\(sender.verificationPage)#\(String(decoding: token, as: UTF8.self))", "",
                "It is good for \(hours) \(hours == 1 ? "hour" : "hours"). If it was not you, ignore this mail: without the link",
                "nothing comes of it.",
            ])
    }

    /// Tells a user that somebody tried to sign up with their address.
    static func addressTaken(by sender: Sender) -> Self {
        Self(
            subject: "You have an account already",
            lines: [
                "Somebody, perhaps you, tried to sign up with this address at",
                sender.publicAddress,
                "",
                "There is an account with this address already, and nothing was changed. If it was",
                "you, sign in instead. If it was not, you need not do anything.",
            ])
    }

    /// The mail with its header, in CRLF lines.
    ///
    /// - Parameters:
    ///   - id: of the message, unique on this server.
    ///   - now: a Unix second.
    func message(from sender: Sender, to recipient: EmailAddress, id: String, at now: Int64)
        -> [UInt8]
    {
        let address = sender.address.text
        let domain = address.split(separator: "@").last.map(String.init) ?? "localhost"
        let header = [
            "Date: \(MailDate.text(now))",
            "From: \(sender.name.isEmpty ? address : "\"\(sender.name)\" <\(address)>")",
            "To: \(recipient.text)", "Message-ID: <\(id)@\(domain)>", "Subject: \(subject)",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii",
            "Content-Transfer-Encoding: 7bit",
            // RFC 3834 section 5: no machine should answer.
            "Auto-Submitted: auto-generated", "",
        ]
        return Array((header + lines).map { $0 + "\r\n" }.joined().utf8)
    }
}
