import Foundation
import SignetCrypto
import TestSupport
import Testing

@Suite("Base64 and base64url")
struct Base64Tests {
    @Test("encodes the vectors of RFC 4648 section 10")
    func vectors() {
        let vectors = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in vectors {
            #expect(Base64.encode(Array(plain.utf8)) == Array(text.utf8))
            #expect(Base64.decode(Array(text.utf8)) == Array(plain.utf8))
            let unpadded = Array(text.replacing("=", with: "").utf8)
            #expect(Base64URL.encode(Array(plain.utf8)) == unpadded)
            #expect(Base64URL.decode(unpadded) == Array(plain.utf8))
        }
    }

    @Test("agrees with Python for every length up to 300")
    func python() throws {
        let script = """
            import base64, sys
            data = sys.stdin.buffer.read()
            for length in range(301):
                part = data[length:2 * length]
                print(base64.urlsafe_b64encode(part).decode().rstrip("="))
                print(base64.b64encode(part).decode())
            """
        let data = RandomPool().bytes(600)
        let output = try Python.run(script, input: Data(data))
        let lines = String(decoding: output, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for length in 0...300 {
            let part = Array(data[length..<2 * length])
            let (url, standard) = (Array(lines[2 * length].utf8), Array(lines[2 * length + 1].utf8))
            #expect(Base64URL.encode(part) == url)
            #expect(Base64URL.decode(url) == part)
            #expect(Base64URL.encodedLength(length) == url.count)
            #expect(Base64URL.decodedLength(url.count) == length)
            #expect(Base64.encode(part) == standard)
            #expect(Base64.decode(standard) == part)
        }
    }

    @Test("has one text for every one and two bytes, and accepts no other")
    func canonical() {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var accepted = 0
        for first in UInt8.min...UInt8.max {
            #expect(Base64URL.decode([first]) == nil)
            for second in UInt8.min...UInt8.max {
                guard let decoded = Base64URL.decode([first, second]) else { continue }
                accepted += 1
                #expect(Base64URL.encode(decoded) == [first, second])
            }
        }
        #expect(accepted == 256)
        accepted = 0
        for first in alphabet {
            for second in alphabet {
                for third in alphabet {
                    guard let decoded = Base64URL.decode([first, second, third]) else { continue }
                    accepted += 1
                    if Base64URL.encode(decoded) != [first, second, third] {
                        Issue.record("\(first) \(second) \(third)")
                    }
                }
            }
        }
        #expect(accepted == 65536)
    }

    @Test("refuses every byte outside the alphabet, in every place")
    func alphabet() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        // Texts from 43 characters on go by blocks of 32, and end without.
        for length in [4, 7, 8, 10, 16, 43, 76, 107] {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max where !alphabet.contains(byte) {
                    var text = [UInt8](repeating: UInt8(ascii: "A"), count: length)
                    text[place] = byte
                    #expect(Base64URL.decode(text) == nil)
                }
            }
        }
    }

    @Test("reads and writes every six bits in every place of a block, in both alphabets")
    func blocks() {
        for count in [28, 29, 30, 52, 100] {
            for place in 0..<count {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x5A, count: count)
                    bytes[place] = byte
                    let (url, standard) = (Base64URL.encode(bytes), Base64.encode(bytes))
                    let unpadded = standard.prefix { $0 != UInt8(ascii: "=") }
                    // An expectation for each would take most of the time.
                    guard standard == Self.encodeBitByBit(bytes),
                        url == unpadded.map({ Self.urlCharacter(for: $0) }),
                        Base64URL.decode(url) == bytes, Base64.decode(standard) == bytes
                    else {
                        Issue.record("\(byte) in place \(place) of \(count)")
                        continue
                    }
                }
            }
        }
    }

    private static let table = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The bits one by one, by the table of RFC 4648 section 4.
    private static func encodeBitByBit(_ bytes: [UInt8]) -> [UInt8] {
        let bitCount = 8 * bytes.count
        var text: [UInt8] = []
        for start in stride(from: 0, to: bitCount, by: 6) {
            var six = 0
            for bit in start..<start + 6 {
                let isSet = bit < bitCount && bytes[bit / 8] >> (7 - UInt8(bit % 8)) & 1 == 1
                six = six << 1 | (isSet ? 1 : 0)
            }
            text.append(table[six])
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }

    private static func urlCharacter(for character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: character
        }
    }

    @Test("refuses padded, unpadded and overlong texts where they do not belong")
    func padding() {
        for text in ["Zg==", "Zm8=", "Zm9v=", "=", "Z", "Zm9vY", "Zm9v\n", " Zm9v"] {
            #expect(Base64URL.decode(Array(text.utf8)) == nil, "\(text)")
        }
        for text in [
            "Zg", "Zm8", "Zg=", "Z===", "====", "Zm9v=", "Zh==", "Zm9=", "Zg==Zg==", "=Zm8",
        ] {
            #expect(Base64.decode(Array(text.utf8)) == nil, "\(text)")
        }
    }
}
