internal import CLibUV
import Glibc

/// What keeps the memory of this process from others. For the main thread, before others start.
package enum ProcessSecrecy {
    /// Has the kernel write no core dump, and let no process of the same user look into this one (root can).
    package static func forbidDumps() {
        // Neither fails on Linux: a limit may always be lowered.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = signet_forbid_dumps()
    }

    /// Has no program that the process might start get more rights than it has (`no_new_privs`).
    package static func forbidNewPrivileges() {
        _ = signet_forbid_new_privileges()
    }
}
