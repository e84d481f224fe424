/// Refusals of an address that come so fast that only their number is told. Otherwise whoever wants old lines of the
/// log to go has only to ask often, and a flood fills the disk. One for each loop; of fixed size.
struct RefusalTally {
    /// Lines of an address in a second; the rest is counted.
    static let toldMax = 16
    private static let slotCount = 256

    private struct Slot {
        var address: [UInt8] = []
        var second: Int64 = -1
        var told = 0
        var untold = 0
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    /// The slots with refusals that are not told yet.
    private var open: [Int] = []

    /// Whether nothing waits to be told.
    var isEmpty: Bool { open.isEmpty }

    /// Whether a refusal is told by itself. It is counted otherwise.
    ///
    /// - Parameter second: now, in Unix seconds.
    mutating func tells(_ address: [UInt8], at second: Int64) -> Bool {
        // The hash has a seed of the process: nobody chooses whom to share a slot with.
        let index = Int(UInt(bitPattern: address.hashValue) % UInt(Self.slotCount))
        if slots[index].untold == 0,
            slots[index].second != second || slots[index].address != address
        {
            slots[index] = Slot(address: address, second: second, told: 1)
            return true
        }
        // Another's slot is left alone until it is told.
        guard slots[index].address == address else { return true }
        guard slots[index].second == second, slots[index].told < Self.toldMax else {
            if slots[index].untold == 0 { open.append(index) }
            slots[index].untold += 1
            return false
        }
        slots[index].told += 1
        return true
    }

    /// Calls `body` with each address that had refusals before this second that were not told, and their number.
    mutating func tellRest(at second: Int64, _ body: ([UInt8], Int) -> Void) {
        open.removeAll { index in
            guard slots[index].second < second else { return false }
            body(slots[index].address, slots[index].untold)
            slots[index] = Slot()
            return true
        }
    }
}
