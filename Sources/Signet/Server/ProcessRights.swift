internal import Glibc
internal import SignetRuntime

/// What the process may do, and who may look at it. Before any thread starts.
enum ProcessRights {
    /// Bits that new files must not have, whatever mode they are made with: nothing for others.
    private static let mask: mode_t = 0o077

    /// For every command that reads keys: no core dumps, and no files that others can read.
    static func hide() {
        umask(mask)
        ProcessSecrecy.forbidDumps()
    }

    /// For a server: as `hide`, and as a user without rights if one is named.
    ///
    /// The rights are given up before anything is opened, so that all files are that user's. A port below 1024 then needs
    /// `net.ipv4.ip_unprivileged_port_start`, or systemd's `AmbientCapabilities=CAP_NET_BIND_SERVICE` in place of `--user`.
    static func restrict(to user: String?) throws(CommandFailure) {
        if let user { try become(user) }
        ProcessSecrecy.forbidNewPrivileges()
        // After the user is another: that makes the kernel forget it.
        hide()
    }

    private static func become(_ name: String) throws(CommandFailure) {
        errno = 0
        guard let entry = getpwnam(name) else {
            throw CommandFailure(
                "there is no user \(name); --user names one of this machine", status: .usage)
        }
        let (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        guard user != 0 else {
            throw CommandFailure("--user \(name) is root, who has every right", status: .usage)
        }
        guard geteuid() == 0 else {
            // Nothing to give up.
            if geteuid() == user, getuid() == user { return }
            throw CommandFailure(
                "only root can run as another user: leave out --user, or start as root",
                status: .usage)
        }
        // The groups first: without root's rights they can't be changed any more.
        guard initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0 else {
            throw CommandFailure("can't run as \(name): \(String(cString: strerror(errno)))")
        }
        // What was given up must not come back.
        guard setuid(0) != 0, getuid() == user, geteuid() == user, getegid() == group else {
            throw CommandFailure("can't give up root's rights for those of \(name)")
        }
    }
}
