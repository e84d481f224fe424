import Testing

@testable import SignetRuntime

@Suite("TicketKeys")
struct TicketKeysTests {
    @Test("seals with one key for an hour, and opens what it sealed for two more")
    func life() throws {
        let now = Seconds()
        let keys = TicketKeys { now.value }
        let first = try #require(keys.sealing())
        now.set(TicketKeys.sealingSeconds - 1)
        #expect(keys.sealing() === first)
        now.set(TicketKeys.sealingSeconds)
        let second = try #require(keys.sealing())
        #expect(second !== first)
        #expect(name(of: first) != name(of: second))

        let end = TicketKeys.sealingSeconds + TicketKeys.ticketSeconds
        now.set(end - 1)
        #expect(opening(first, keys) == false)
        now.set(end)
        #expect(opening(first, keys) == nil)
        #expect(opening(second, keys) == false)
        let third = try #require(keys.sealing())
        #expect(opening(third, keys) == true)
    }

    @Test("knows no key that it did not make")
    func strangers() throws {
        let keys = TicketKeys { 0 }
        _ = keys.sealing()
        let stranger = try #require(TicketKeys { 0 }.sealing())
        #expect(opening(stranger, keys) == nil)
    }

    /// Whether the key opens, and if so whether it still seals.
    private func opening(_ key: TicketKey, _ keys: TicketKeys) -> Bool? {
        name(of: key).withUnsafeBytes { keys.opening($0)?.isSealing }
    }

    private func name(of key: TicketKey) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: TicketKey.nameCount) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            key.copyName(to: start)
            count = TicketKey.nameCount
        }
    }
}
