import Testing

@testable import SignetHandlers

@Suite("RefusalTally")
struct RefusalTallyTests {
    @Test("sixteen refusals of an address in a second are told, and the rest by its number")
    func counts() {
        var tally = RefusalTally()
        let one = Array("192.0.2.1".utf8)
        let told = (0..<1000).filter { _ in tally.tells(one, at: 7) }.count
        #expect(told == 16)
        #expect(!tally.isEmpty)
        var rest: [(String, Int)] = []
        tally.tellRest(at: 7) { rest.append((String(decoding: $0, as: UTF8.self), $1)) }
        #expect(rest.isEmpty)
        tally.tellRest(at: 8) { rest.append((String(decoding: $0, as: UTF8.self), $1)) }
        #expect(rest.map(\.0) == ["192.0.2.1"] && rest.map(\.1) == [984])
        #expect(tally.isEmpty)
        let isToldLater = tally.tells(one, at: 8)
        #expect(isToldLater)
    }

    @Test("no refusal is lost, however many addresses there are and whenever it is asked")
    func sums() {
        var tally = RefusalTally()
        var (told, untold) = (0, 0)
        var random = SystemRandomNumberGenerator()
        for step in 0..<100_000 {
            let address = Array("10.0.\(random.next() % 4).\(random.next() % 256)".utf8)
            let second = Int64(step / 5000)
            if tally.tells(address, at: second) { told += 1 }
            if step.isMultiple(of: 777) { tally.tellRest(at: second) { untold += $1 } }
        }
        tally.tellRest(at: .max) { untold += $1 }
        #expect(told + untold == 100_000)
        #expect(tally.isEmpty)
    }
}
