internal import Glibc

/// How many descriptors this process may have open.
package enum DescriptorLimit {
    /// Allows as many as the system lets the process have, and returns how many. What a shell allows is mostly
    /// 1,024: it is meant for programs that call `select`.
    package static func raise() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        getrlimit(resource, &limit)
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(resource, &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_max : before)
    }
}
