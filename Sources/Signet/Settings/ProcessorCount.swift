internal import Glibc

/// How many processors this process may run on.
enum ProcessorCount {
    /// At least 1. Counts what `taskset` and a container's cpuset leave, not what the machine has.
    static let available: Int = {
        // Read from /proc because `sched_getaffinity` is a GNU extension that Swift's Glibc module
        // leaves out, and Foundation's count does not look at the affinity.
        let status = try? FileBytes.read(path: "/proc/self/status", bytesMax: 1 << 16)
        let count = status.flatMap { allowed(in: String(decoding: $0, as: UTF8.self)) }
        return count ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }()

    /// The number of bits in the line `Cpus_allowed:` of proc(5)'s status file, which is
    /// hexadecimal with commas. Nil without such a line or without a bit in it.
    static func allowed(in status: String) -> Int? {
        guard
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return nil }
        let mask = line.dropFirst("Cpus_allowed:".count)
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return count > 0 ? count : nil
    }
}
