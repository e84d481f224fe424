import Testing

@testable import SignetRuntime

@Suite("Forwarded and X-Forwarded-For")
struct ForwardedHopsTests {
    private func hops(x lines: String...) -> [String] {
        var hops = ForwardedHops()
        for line in lines { Array(line.utf8).withUnsafeBytes { hops.appendXForwardedFor($0) } }
        return hops.addresses.map { $0?.host ?? "-" }
    }

    private func hops(_ lines: String...) -> [String] {
        var hops = ForwardedHops()
        for line in lines { Array(line.utf8).withUnsafeBytes { hops.appendForwarded($0) } }
        return hops.addresses.map { $0?.host ?? "-" }
    }

    @Test("reads the examples of RFC 7239 sections 4 and 7.1")
    func examples() {
        #expect(hops(#"for="_gazonk""#) == ["-"])
        #expect(hops(#"For="[2001:db8:cafe::17]:4711""#) == ["2001:db8:cafe::17"])
        #expect(hops("for=192.0.2.60;proto=http;by=203.0.113.43") == ["192.0.2.60"])
        #expect(hops("for=192.0.2.43, for=198.51.100.17") == ["192.0.2.43", "198.51.100.17"])
        #expect(
            hops(#"for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown"#)
                == ["192.0.2.43", "2001:db8:cafe::17", "-"])
        #expect(hops("for=192.0.2.43", #"for="[2001:db8:cafe::17]""#).count == 2)
        #expect(hops("for=_hidden, for=_SEVKISEK") == ["-", "-"])
    }

    @Test(
        "takes a line that is malformed as one hop that nobody can read",
        arguments: [
            #"for="192.0.2.1"#, #"for=9.9.9.9, for=", for="[2001:db8::1]""#,
            #"for=9.9.9.9;by="\", for="[2001:db8::1]""#, "for", "for=", "=192.0.2.1",
            "for = 1.2.3.4",
            "for=1.2.3.4;for=5.6.7.8", "for=[2001:db8::1]", "for=1.2.3.4:80", "1.2.3.4",
            #"for="1.2.3.4"x"#, #"for="1.2.3.4" x"#, "for=1.2.3.4;;by=a", #"for="\"#,
        ])
    func malformed(_ line: String) { #expect(hops(line) == ["-"], "\(line)") }

    @Test("lets no quotation mark of a stranger swallow what stands in another line")
    func lines() {
        #expect(hops(#"for="x"#, "for=192.0.2.1") == ["-", "192.0.2.1"])
    }

    @Test("ignores empty elements, other parameters, blanks and a last semicolon")
    func lenient() {
        #expect(hops("", " ", ",, ,") == [])
        #expect(hops(", for=1.2.3.4 ,, proto=https;FOR=5.6.7.8; by=_x;") == ["1.2.3.4", "5.6.7.8"])
        #expect(hops("proto=https") == ["-"])
        #expect(hops(#"for="1\.2.3.4""#) == ["1.2.3.4"])
    }

    @Test(
        "reads the nodes that proxies write",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"), ("[2001:DB8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:c000:201]:1", "192.0.2.1"), ("::", "::"),
        ])
    func nodes(_ text: String, _ host: String) { #expect(hops(x: text) == [host]) }

    @Test(
        "takes anything else as a hop that nobody can read",
        arguments: [
            "localhost", "unknown", "_x", "-", "192.0.2", "192.0.2.1.1", "192.0.2.256", "0x7f.1",
            "192.0.2.01", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456", "192.0.2.1:80:80", "[",
            "[]", "[::1", "::1]", "[192.0.2.1]", "[::1]x", "[::1]:", "[::1]80", "fe80::1%eth0",
            "[fe80::1%25eth0]", "1.2.3.4/32", "1.2.3.4 5.6.7.8", "\"1.2.3.4\"", "1.2.3.4;x", "é",
            "1.2.3.4\0", "\01.2.3.4", "10", "::g", ":::", "1.2.3.4\t.5",
        ])
    func garbage(_ text: String) { #expect(hops(x: text) == ["-"], "\(text)") }

    @Test("reads lists in one line and in several alike, and no more than the last 64")
    func lists() {
        #expect(hops(x: "1.1.1.1 , 2.2.2.2,3.3.3.3") == ["1.1.1.1", "2.2.2.2", "3.3.3.3"])
        #expect(hops(x: "1.1.1.1", ",2.2.2.2,", "") == ["1.1.1.1", "2.2.2.2"])
        let many = (0..<5000).map { "10.0.\($0 / 256).\($0 % 256)" }
        #expect(hops(x: many.joined(separator: ",")) == Array(many.suffix(64)))
        #expect(
            hops(many.map { "for=\($0)" }.joined(separator: ",")) == Array(many.suffix(64)))
    }

    @Test("reads any bytes without harm")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"for=by;,"\[]:. 0123456789abcdef"#.utf8) + [0, 9, 0xFF]
        for _ in 0..<20_000 {
            let line = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            var hops = ForwardedHops()
            line.withUnsafeBytes {
                hops.appendForwarded($0)
                hops.appendXForwardedFor($0)
            }
            #expect(hops.addresses.count <= 64)
        }
    }
}

@Suite("Address ranges")
struct AddressRangeTests {
    @Test(
        "contain what begins with the same bits",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true), ("::/0", "127.0.0.1", false),
            ("fd00::/8", "fdff::1", true), ("fd00::/8", "fc00::1", false),
            ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
            ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::1", "::1", true),
            ("::1/128", "::2", false), ("192.0.2.0/31", "192.0.2.1", true),
            ("a00::/8", "10.0.0.1", false),
        ])
    func contain(_ range: String, _ address: String, _ expected: Bool) throws {
        let range = try #require(AddressRange(range))
        let address = try #require(SocketAddress(host: address, port: 80))
        #expect(range.contains(address) == expected)
    }

    @Test(
        "are refused when they are not what they seem",
        arguments: [
            "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "::/129", "10.0.0.1/8", "fd00::1/64",
            "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/-1", "localhost", "10.0.0.0/8 ",
            "proxy.example",
            "10/8", "192.0.2.0/99999999999999999999",
        ])
    func refused(_ text: String) { #expect(AddressRange(text) == nil) }
}
