internal import SignetRuntime

/// The text of the client's address that was asked for last, which is mostly asked for again.
struct KeptAddress {
    private var bytes: (high: UInt64, low: UInt64)?
    private var isIPv4 = false
    private var text: [UInt8] = []

    /// The client's address in ASCII, without its port.
    mutating func text(of exchange: Exchange) -> [UInt8] {
        let client = exchange.client.address
        let asked = client.addressBytes
        if let bytes, bytes == asked, isIPv4 == client.isIPv4 { return text }
        text = Array(client.host.utf8)
        (bytes, isIPv4) = (asked, client.isIPv4)
        return text
    }
}
