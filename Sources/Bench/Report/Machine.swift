import Glibc

/// The machine that a measurement ran on.
package struct Machine: Sendable, Equatable {
    /// The processor's name, as the kernel has it; "unknown" when it has none.
    package let processor: String
    /// How many processors the system has.
    package let cores: Int
    /// The release of the kernel.
    package let kernel: String

    /// This machine.
    package static var current: Machine {
        let model = text(of: "/proc/cpuinfo").split(separator: "\n")
            .first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last
        let kernel = text(of: "/proc/sys/kernel/osrelease")
        return Machine(
            processor: trimmed(model ?? "unknown"), cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            kernel: trimmed(kernel.isEmpty ? "unknown" : kernel[...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// What a small file holds, at most 64 KiB of it; empty when it can't be read.
    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }

        let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
