import Synchronization

/// The proxies whose word is taken for where requests come from. Shared by all loops; replaced whole.
package final class TrustedProxies: Sendable {
    private let ranges: Mutex<[AddressRange]>
    /// Whether there are any, so that a server without proxies takes no lock.
    private let hasAny: Atomic<Bool>

    package init(_ ranges: [AddressRange] = []) {
        self.ranges = Mutex(ranges)
        hasAny = Atomic(!ranges.isEmpty)
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    /// Trusts others from now on.
    @inline(never)
    package func set(_ ranges: [AddressRange]) {
        self.ranges.withLock { $0 = ranges }
        hasAny.store(!ranges.isEmpty, ordering: .releasing)
    }

    /// Whether a proxy at this address is trusted.
    package func contains(_ address: SocketAddress) -> Bool {
        hasAny.load(ordering: .acquiring) && isIncluded(address)
    }

    @inline(never)
    private func isIncluded(_ address: SocketAddress) -> Bool {
        ranges.withLock { ranges in ranges.contains { $0.contains(address) } }
    }
}
