internal import Glibc

/// The files of a data folder that hold secrets: everybody else is kept out, or nothing is opened.
enum PrivateFiles {
    private static let names = ["master.key", "signet.db", "signet.db-wal", "signet.db-shm"]

    /// Throws when others than owner and group could read a file that is there, or put another in its place.
    static func require(in folder: String) throws(CommandFailure) {
        var status = stat()
        if stat(folder, &status) == 0, status.st_mode & 0o002 != 0 {
            throw CommandFailure(
                "others may write to \(folder), where the keys are; chmod o-w \(folder)",
                status: .configuration)
        }
        for path in names.map({ "\(folder)/\($0)" })
        where stat(path, &status) == 0 && status.st_mode & 0o007 != 0 {
            throw CommandFailure(
                "\(path) can't be used: others may read or change it; chmod o= \(path)",
                status: .configuration)
        }
    }
}
