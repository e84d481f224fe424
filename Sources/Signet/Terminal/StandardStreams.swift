internal import Glibc

/// The three descriptors that every process begins with.
enum StandardStreams {
    /// Opens those that the caller closed on /dev/null: the next file to be opened would take their
    /// numbers, and what is meant for a person would be written into the database's folder.
    static func open() {
        for stream in 0...2 where fcntl(Int32(stream), F_GETFD) < 0 {
            // The lowest free number is the closed stream's.
            // Only for reading, so that what a person must see fails rather than vanish.
            _ = Glibc.open("/dev/null", O_RDONLY)
        }
    }
}
