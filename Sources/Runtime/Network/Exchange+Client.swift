/// Where a request comes from, as far as that can be known.
package struct ClientAddress: Sendable {
    /// The connection's peer; behind trusted proxies the last address that is none of them. Its port means
    /// nothing.
    package let address: SocketAddress
    /// Whether a trusted proxy has sent something that can't be read or contradicts itself. `address` is then that
    /// proxy's.
    package let isUnclear: Bool
}

extension Exchange {
    /// Where the request comes from. `X-Forwarded-For` and `Forwarded` (RFC 7239) are read only from proxies that
    /// are trusted. Of each, the last address counts that is none of those; everything before it is a stranger's
    /// word. Where both are sent, they must say the same: one of them may have passed through unread.
    package var client: ClientAddress {
        guard trustedProxies.contains(peer) else {
            return ClientAddress(address: peer, isUnclear: false)
        }
        var (x, forwarded) = (ForwardedHops(), ForwardedHops())
        var (hasX, hasForwarded) = (false, false)
        let message = request.bytes
        message.withUnsafeBytes { bytes in
            for field in request.fields {
                let value = UnsafeRawBufferPointer(rebasing: bytes[field.value])
                if message.span.matches("x-forwarded-for", in: field.name) {
                    hasX = true
                    x.appendXForwardedFor(value)
                } else if message.span.matches("forwarded", in: field.name) {
                    hasForwarded = true
                    forwarded.appendForwarded(value)
                }
            }
        }
        guard hasX || hasForwarded else { return ClientAddress(address: peer, isUnclear: false) }
        guard hasX, hasForwarded else { return client(behind: hasX ? x : forwarded) }
        let (one, other) = (client(behind: x), client(behind: forwarded))
        guard one.address.isSameHost(as: other.address), !other.isUnclear else {
            return ClientAddress(address: peer, isUnclear: true)
        }
        return one
    }

    private func client(behind hops: ForwardedHops) -> ClientAddress {
        // A field without an address is no better than one that can't be read.
        guard !hops.addresses.isEmpty else { return ClientAddress(address: peer, isUnclear: true) }
        var address = peer
        for hop in hops.addresses.reversed() {
            guard trustedProxies.contains(address) else { break }
            guard let hop else { return ClientAddress(address: address, isUnclear: true) }
            address = hop
        }
        return ClientAddress(address: address, isUnclear: false)
    }
}
