internal import Foundation

/// What the kernel says of a running process in /proc.
package struct ProcessStatus: Sendable {
    private let folder: String

    /// - Parameter id: of a process of the same user.
    package init(of id: Int32) {
        folder = "/proc/\(id)"
    }

    /// The numbers of its open descriptors.
    package func descriptors() throws -> Set<Int> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd").compactMap {
                Int($0)
            })
    }

    /// What it has computed since its start, in user and kernel mode.
    package func cpuMilliseconds() throws -> Int {
        let text = try String(contentsOfFile: "\(folder)/stat", encoding: .utf8)
        // The second field, the name in parentheses, may have spaces in it; utime and stime are the 14th
        // and the 15th (proc(5)).
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        let ticks = fields[12...13].compactMap { Int($0) }.reduce(0, +)
        return ticks * 1000 / sysconf(Int32(_SC_CLK_TCK))
    }

    /// The memory that it has in use now, in kilobytes.
    package func residentKilobytes() throws -> Int {
        let text = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
        return text.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) } ?? 0
    }
}
