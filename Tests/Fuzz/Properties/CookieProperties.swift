@testable import SignetHandlers
@testable import SignetRuntime

/// Cookies: what is found is there, once, and behind its name. Each line of the input is a `Cookie` field.
enum CookieProperties {
    static func check(_ input: UnsafeRawBufferPointer, _ exchange: Exchange) throws(Violation) {
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        guard exchange.read(lines.map { Array("Cookie: ".utf8) + $0 }) else { return }
        let found = exchange.cookie("jwt").map { Array(exchange.request.bytes[$0]) }
        // Otherwise than the server does it: a list of all cookies first, then those of the name.
        let cookies = lines.flatMap { line in
            trimmed(line).split(separator: UInt8(ascii: ";")).map { pair in
                Array(pair.drop { $0 == UInt8(ascii: " ") })
            }
        }
        let name = Array("jwt=".utf8)
        let named = cookies.filter { $0.starts(with: name) }.map { Array($0.dropFirst(name.count)) }
        try require(
            found == (named.count == 1 ? named[0] : nil),
            "\(String(describing: found)) of \(named)")
    }

    /// Without the white space around it, which is not of a field's value (RFC 9110 section 5.5).
    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        let blanks: Set<UInt8> = [0x20, 0x09]
        guard let first = line.firstIndex(where: { !blanks.contains($0) }),
            let last = line.lastIndex(where: { !blanks.contains($0) })
        else { return [] }
        return Array(line[first...last])
    }
}
