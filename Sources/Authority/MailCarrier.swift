/// Who takes mails to a mail server. The runtime's `Outbound` in a server.
package protocol MailCarrier: Sendable {
    /// Hands a mail over; the mail server has taken it when this returns.
    ///
    /// - Parameters:
    ///   - message: header and text (RFC 5322).
    ///   - sender: the address of the envelope, as `recipient`.
    func carry(
        _ message: [UInt8], from sender: EmailAddress, to recipient: EmailAddress
    ) async throws(PeerFailure)
}
