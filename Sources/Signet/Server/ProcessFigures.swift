internal import Glibc
internal import SignetHandlers

/// What the kernel tells of this process (proc(5)).
enum ProcessFigures {
    static func read() -> ServerReadings.Process {
        var process = ServerReadings.Process()
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        let pages = words("/proc/self/statm")
        if pages.count > 1 {
            process.virtualBytes = (Int(pages[0]) ?? 0) * pageBytes
            process.residentBytes = (Int(pages[1]) ?? 0) * pageBytes
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        process.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        process.descriptors = descriptorCount()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        process.descriptorsMax = Int(clamping: limit.rlim_cur)
        process.startedAt = startedAt
        return process
    }

    /// In Unix seconds: the machine's start, and the ticks from it to the process's.
    private static let startedAt: Double = {
        // The second field is the program's name in parentheses, which may hold anything.
        let line = text("/proc/self/stat")
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        guard fields.count > 20, let ticks = Double(fields[20]) else { return 0 }
        let boot = seconds(of: CLOCK_REALTIME) - seconds(of: CLOCK_BOOTTIME)
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func descriptorCount() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // The folder itself and its parent are listed, and it is open.
        return count - 3
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    private static func words(_ path: String) -> [Substring] {
        text(path).split { $0 == " " || $0 == "\n" }
    }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
