internal import Glibc
package import SignetRuntime
internal import Synchronization

/// How many requests of one loop were answered, by route and status. The loop counts, any thread reads.
///
/// `@unchecked Sendable`: its numbers are touched by atomic operations alone.
package final class RequestCounts: @unchecked Sendable {
    /// Statuses are 200 to 511.
    private static let firstStatus = 200
    private static let statusCount = 312

    private let counts: UnsafeMutablePointer<Atomic<Int>>

    init() {
        // calloc has the kernel make the pages when they are first touched.
        let count = RouteName.allCases.count * Self.statusCount
        guard let memory = calloc(count, MemoryLayout<Atomic<Int>>.stride) else {
            preconditionFailure("out of memory")
        }
        counts = memory.bindMemory(to: Atomic<Int>.self, capacity: count)
    }

    deinit { free(counts) }

    /// Counts an answer. On the loop's thread: nobody else writes, so that adding needs no bus lock.
    @inline(__always)
    func note(_ route: RouteName, _ status: HTTPStatus) {
        let index = Self.index(route, status)
        counts[index].store(counts[index].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// How many requests for a route were answered with a status.
    package func count(of route: RouteName, _ status: HTTPStatus) -> Int {
        counts[Self.index(route, status)].load(ordering: .relaxed)
    }

    private static func index(_ route: RouteName, _ status: HTTPStatus) -> Int {
        Int(route.rawValue) * statusCount + status.rawValue - firstStatus
    }
}
