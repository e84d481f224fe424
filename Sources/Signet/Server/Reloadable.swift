/// A part of the server that takes new settings while it runs.
///
/// Added to `Server.reloadables`; the main thread calls it, one after the other.
protocol Reloadable: Sendable {
    /// The names of the settings that it takes; a change of any other needs a restart.
    var settingNames: [String] { get }

    /// Takes what `settings` say, or throws and keeps what it had. Called for every SIGHUP, also when none of
    /// its settings is another: the content of a file that they name may be.
    func reload(_ settings: Settings) throws(CommandFailure)
}
