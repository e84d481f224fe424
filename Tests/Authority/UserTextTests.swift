import SignetCrypto
import Testing

@testable import SignetAuthority

@Suite("Logins, addresses, names and passwords")
struct UserTextTests {
    @Test(
        "takes a login",
        arguments: [
            "a", "Ann.Lee", "ann@example.org", "1a", "_", "a+b-c",
            String(repeating: "x", count: 128),
        ])
    func login(_ text: String) {
        #expect(Login(text.utf8)?.text == text)
    }

    @Test(
        "refuses a login that is an id, or can't be sent by HTTP Basic or seen alike",
        arguments: [
            "", "1", "007", "a:b", "a b", " a", "é", "a\0", "a\n", "\u{212A}elvin", "a/b", "a,b",
            String(repeating: "x", count: 129),
        ])
    func noLogin(_ text: String) {
        #expect(Login(text.utf8) == nil)
    }

    /// 255 characters: three labels of 63 and what is left.
    private static let longest =
        "a@" + Array(repeating: String(repeating: "b", count: 63), count: 3).joined(separator: ".")
        + "." + String(repeating: "c", count: 61)

    @Test(
        "takes an address",
        arguments: [
            "a@b.c", "ann.lee+shop@Example.org", "#!$%&'*+-/=?^_`{|}~@x-1.de",
            String(repeating: "a", count: 64) + "@b.c", longest,
        ])
    func email(_ text: String) {
        #expect(EmailAddress(text.utf8)?.text == text)
    }

    @Test(
        "refuses what mail can't be sent to",
        arguments: [
            "", "a@b", "@b.cd", "ab.cd", "a@@b.c", "a@b@c.d", ".a@b.cd", "a.@b.cd", "a..b@c.de",
            "a@.b.cd", "a@b.cd.", "a@b..cd", "a@-b.cd", "a@b-.cd", "a b@c.de", "a@c d.ef",
            "\"a\"@b.cd", "a@[127.0.0.1]", "a@b_c.de", "ä@b.cd", "a@bücher.de", "a@b.cd\n",
            "a@b.c\0d", String(repeating: "a", count: 65) + "@b.c", longest + "c",
            "a@" + String(repeating: "b", count: 64) + ".c",
        ])
    func noEmail(_ text: String) {
        #expect(EmailAddress(text.utf8) == nil)
    }

    @Test("takes any name of 255 bytes without controls")
    func name() {
        for text in ["", "Zoë \u{1F511}", String(repeating: "x", count: 255)] {
            #expect(UserName(text.utf8)?.text == text)
        }
        for text in ["a\nb", "\u{7F}", "\u{9B}", "\0", String(repeating: "é", count: 128)] {
            #expect(UserName(text.utf8) == nil)
        }
        #expect(UserName([0xFF]) == nil)
        #expect(UserName([0xC3]) == nil)
    }

    @Test("takes a password of 6 to 72 characters, whatever their bytes are")
    func password() {
        for text in [
            "123456", "пароль", String(repeating: "\u{1F511}", count: 72), "a\0bcde", "      ",
        ] {
            #expect(Password(Array(text.utf8)).isAcceptable)
        }
        for text in ["", "12345", "ééééé", String(repeating: "x", count: 73)] {
            #expect(!Password(Array(text.utf8)).isAcceptable)
        }
        #expect(!Password([0xFF, 65, 65, 65, 65, 65, 65]).isAcceptable)
        #expect(!Password([65, 65, 65, 65, 65, 65, 0xE2, 0x82]).isAcceptable)
    }

    @Test("compares passwords and shows none")
    func hidden() {
        let password = Password(Array("secret-word".utf8))
        var dumped = ""
        dump(password, to: &dumped)
        for text in ["\(password)", String(reflecting: password), dumped] {
            #expect(!text.contains("secret-"))
        }
        #expect(password == Password(Array("secret-word".utf8)))
        #expect(password != Password(Array("secret-worD".utf8)))
        #expect(password != Password([UInt8]()))
        #expect(Password([UInt8]()) == Password([UInt8]()))
    }
}
