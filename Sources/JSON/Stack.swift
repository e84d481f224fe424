/// A growing list of plain values that only its owner sees, without an array's checks for sharing.
/// `JSONCursor` has the figures.
struct Stack<Element: BitwiseCopyable>: ~Copyable {
    private var start: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0)
        start = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { start.deallocate() }

    /// The element pushed last.
    var last: Element? {
        // The first `count` elements are initialized, by `push`.
        count > 0 ? start[count &- 1] : nil
    }

    mutating func push(_ element: Element) {
        if count == capacity { grow() }
        // `count` is below `capacity` now. Plain values need no deinitialization when overwritten.
        (start + count).initialize(to: element)
        count &+= 1
    }

    /// Drops every element from the one at `count` on.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Drops every element, and the memory if it became larger than `capacityMax` elements.
    mutating func reset(keeping capacityMax: Int) {
        count = 0
        guard capacity > capacityMax else { return }
        start.deallocate()
        start = .allocate(capacity: capacityMax)
        capacity = capacityMax
    }

    /// The elements from the one at `index` on, valid until the stack changes.
    func suffix(from index: Int) -> UnsafeBufferPointer<Element> {
        precondition(index >= 0 && index <= count)
        return UnsafeBufferPointer(start: start + index, count: count &- index)
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.initialize(from: start, count: count)
        start.deallocate()
        start = larger
        capacity *= 2
    }
}
