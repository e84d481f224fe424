/// When a commit counts as done.
package enum Durability: Sendable {
    /// When the disk has it: nothing acknowledged is lost in a power failure.
    case full
    /// When the operating system has it: a power failure may lose the last moments, a crash does
    /// not.
    case relaxed
}

/// How a process uses a store.
package enum StoreRole: Sendable {
    /// The one server of a data folder. Refused when another one has it.
    case server
    /// A visitor beside the server, such as a command on the command line.
    case visitor
}
