internal import Logging

/// Reads the settings again for a server that runs: what may change is put in force, and the log says what
/// became of each change. Used by the main thread alone.
struct SettingsReload {
    private let parts: [any Reloadable]
    private let read: () throws(SettingsError) -> Settings
    private let log: Logger
    /// What is in force.
    private(set) var settings: Settings

    /// - Parameters:
    ///   - settings: what the server was started with.
    ///   - read: reads the same flags, environment and file once more.
    init(
        _ settings: Settings, _ parts: [any Reloadable], log: Logger,
        read: @escaping () throws(SettingsError) -> Settings
    ) {
        self.settings = settings
        self.parts = parts
        self.log = log
        self.read = read
    }

    /// Puts in force what can be. Settings that can't be read change nothing.
    ///
    /// - Returns: whether they could be read, and no part refused them.
    @discardableResult
    mutating func run() -> Bool {
        let new: Settings
        do throws(SettingsError) {
            new = try read()
        } catch {
            log.error("settings not reloaded: \(error)")
            return false
        }
        var isWhole = true
        var changed = Setting.all.filter { $0.text(settings) != $0.text(new) }
        for part in parts {
            let own = changed.filter { part.settingNames.contains($0.name) }
            changed.removeAll { part.settingNames.contains($0.name) }
            do throws(CommandFailure) {
                try part.reload(new)
            } catch {
                log.error("not reloaded: \(error)")
                isWhole = false
                continue
            }
            for setting in own {
                let (before, now) = (setting.text(settings), setting.text(new))
                log.info(
                    "setting changed",
                    metadata: ["name": "\(setting.name)", "from": "\(before)", "to": "\(now)"])
                // What `text` says, `read` takes.
                _ = setting.read(now, &settings)
            }
        }
        for setting in changed {
            log.warning(
                "\(setting.name) has changed; it takes a restart to put that in force")
        }
        log.info("settings reloaded")
        return isWhole
    }
}
