internal import Foundation

/// A file system in memory with little room, which only root can mount. It goes away when it is let
/// go.
package final class SmallDisk: Sendable {
    package let path: String

    /// Nil where mounting is not allowed.
    package init?(bytes: Int) {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "signet-disk-\(UUID().uuidString)").path
        guard mkdir(path, 0o700) == 0 else { return nil }
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            rmdir(path)
            return nil
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Whether this machine lets us mount one.
    package static let canMount = SmallDisk(bytes: 1 << 20) != nil

    /// Fills what is left of it.
    package func fill() {
        let file = open("\(path)/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) == page.count {}
        close(file)
    }

    /// Gives the room back that `fill` took.
    package func free() {
        // The file may be open in a program that another test is starting: only cutting it gives its room back at once.
        truncate("\(path)/ballast", 0)
        unlink("\(path)/ballast")
    }
}
