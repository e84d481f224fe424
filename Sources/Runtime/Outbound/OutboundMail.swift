/// A mail as it goes to a mail server.
package struct OutboundMail: Sendable {
    /// The two addresses of the envelope, without brackets.
    package let sender: String
    package let recipient: String
    /// Header and text (RFC 5322), with CRLF at the end of each line.
    package let message: [UInt8]

    package init(from sender: String, to recipient: String, _ message: [UInt8]) {
        self.sender = sender
        self.recipient = recipient
        self.message = message
    }

    /// Whether neither address can be taken for more than one.
    var hasPlainAddresses: Bool {
        [sender, recipient].allSatisfy { address in
            !address.isEmpty
                && address.utf8.allSatisfy {
                    (0x21...0x7E).contains($0) && !"<>,".utf8.contains($0)
                }
        }
    }
}

/// Who takes our mails.
package struct MailServer: Sendable {
    /// `smtp://` with STARTTLS, or `smtps://`.
    package let url: String
    /// What to sign in with; nil for a server that wants nothing.
    package let login: (user: String, password: String)?

    package init(_ url: String, login: (user: String, password: String)? = nil) {
        self.url = url
        self.login = login
    }
}
