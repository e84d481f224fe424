import SignetCrypto
import Testing

@Suite("ULID")
struct ULIDTests {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// Division of the whole number, digit by digit: slow and plainly right.
    private func text(_ high: UInt64, _ low: UInt64) -> String {
        var number = UInt128(high) << 64 | UInt128(low)
        var digits: [Character] = []
        for _ in 0..<26 {
            digits.append(Self.alphabet[Int(number % 32)])
            number /= 32
        }
        return String(digits.reversed())
    }

    @Test("reads the example of the specification")
    func example() throws {
        // https://github.com/ulid/spec: 01ARZ3NDEK is the time 1469922850259.
        let id = try #require(ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        #expect(id.milliseconds == 1_469_922_850_259)
        #expect(id.text == "01ARZ3NDEKTSV4RRFFQ69G5FAV" && "\(id)" == id.text)
        #expect(ULID("01arz3ndektsv4rrffq69g5fav") == id)
        #expect(ULID("01aRz3ndEkTSV4rrffq69g5faV") == id)
    }

    @Test("writes the digits of the number, and reads them again")
    func roundTrip() {
        var generator = SystemRandomNumberGenerator()
        var ids = [ULID(high: 0, low: 0), ULID(high: .max, low: .max), ULID(high: 0, low: .max)]
        for _ in 0..<2000 { ids.append(ULID(high: generator.next(), low: generator.next())) }
        for id in ids {
            #expect(id.text == text(id.high, id.low))
            #expect(ULID(id.text) == id)
        }
    }

    @Test("sorts like its text")
    func order() {
        let pool = RandomPool()
        let ids = (0..<500).map { ULID(milliseconds: UInt64($0 / 5) << 20, random: pool) }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
        #expect(ids.allSatisfy { $0.milliseconds.isMultiple(of: 1 << 20) })
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        "refuses what is no ULID",
        arguments: [
            "", "0", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
            "81ARZ3NDEKTSV4RRFFQ69G5FAV", "Z1ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01ARZ3NDEKTSV4RRFFQ69G5FAL",
            "01ARZ3NDEKTSV4RRFFQ69G5FAO", "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "01ARZ3NDEKTSV4RRFFQ69G5FAi", "01ARZ3NDEKTSV4RRFFQ69G5FA-",
            "01ARZ3NDEK SV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5F\u{E4}",
            "01ARZ3NDEKTSV4RRFFQ69G5FA\0",
        ])
    func refusals(_ text: String) {
        #expect(ULID(text) == nil)
    }

    @Test("accepts exactly the characters of the contract, in every place")
    func characters() {
        let accepted = Set("ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789".utf8)
        for place in 0..<26 {
            for byte in UInt8.min...UInt8.max {
                var text = [UInt8](repeating: UInt8(ascii: "0"), count: 26)
                text[place] = byte
                let fits = place > 0 || (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte)
                #expect((ULID(text) != nil) == (accepted.contains(byte) && fits))
            }
        }
    }
}
