internal import Glibc
internal import SignetAuthority
internal import SignetCrypto
internal import SignetRuntime
internal import SignetStorage

/// What `signet backup` and `signet check` do. Neither needs a store that can be served.
enum StoreOperations {
    /// Faults that are shown; there may be one for each row.
    private static let faultsShownMax = 100

    /// Copies the database into a file.
    static func backUp(
        _ settings: Settings, to path: String, replaces: Bool, json: Bool
    ) throws {
        let folder = try folder(of: settings)
        let file = try BackupFile(at: path, replaces: replaces, outside: folder)
        var progress = ProgressLine()
        defer { progress.finish() }
        let isWatched = Terminal.isInteractive(.error)
        do throws(StoreError) {
            try DatabaseCopy.make(ofFolder: folder, at: file.draftPath) { done, pages in
                guard isWatched, pages > 0 else { return }
                progress.update("\(done * 100 / pages) % of \(pages) pages")
            }
        } catch {
            file.discard()
            throw CommandFailure(
                error.reason == .diskFull
                    ? "there is no room for \(path); nothing was done"
                    : "\(folder) can't be copied: \(error)")
        }
        let bytes: Int
        do throws(CommandFailure) {
            bytes = try file.finish(replaces: replaces)
        } catch {
            file.discard()
            throw error
        }
        progress.finish()
        let key = settings.masterKey == nil ? "\(folder)/master.key" : "SIGNET_MASTER_KEY"
        if json {
            Terminal.show(
                "{\"file\":\(JSONText.quoted(path)),\"bytes\":\(bytes),"
                    + "\"master_key\":\(JSONText.quoted(key))}")
        } else {
            Terminal.show("\(path): \(bytes) bytes")
            Terminal.show(
                "It is of no use without \(key), which is not in it: keep that in another place.")
        }
    }

    /// Looks for damage; throws when there is some.
    static func check(_ settings: Settings, json: Bool) throws {
        ProcessRights.hide()
        let folder = try folder(of: settings)
        var faults: [String] = []
        var summary = ""
        do throws(StoreError) {
            let check = try DatabaseCheck(folder: folder)
            let size = "\(check.byteCount >> 20) MiB"
            faults += try watched("reading \(size)") { () throws(StoreError) in
                try check.pageFaults()
            }
            if check.isCurrent {
                faults += try watched("comparing the tables of \(size)") { () throws(StoreError) in
                    try check.ruleFaults()
                }
                let contents = try check.contents()
                faults += keyFaults(settings, contents)
                summary =
                    "\(contents.apps.count) apps, \(contents.keys.count) keys, \(try check.userCount()) users, "
                    + "\(try check.sessionCount()) sessions"
            } else {
                summary = "schema \(check.schema), which the next start brings to the current one"
            }
        } catch {
            // Whatever can't be read is damaged, too; what was found before is told with it.
            guard error.isDamage || error.reason == .inputOutput else {
                throw CommandFailure("\(folder): \(error)", status: .configuration)
            }
            faults.append("\(error)")
        }
        report(faults, summary, folder, json: json)
        guard faults.isEmpty else {
            throw CommandFailure(
                "\(folder)/signet.db is not sound; unless it is the master key, keep the files and restore a backup"
            )
        }
    }

    private static func report(_ faults: [String], _ summary: String, _ folder: String, json: Bool)
    {
        if json {
            let list = faults.map(JSONText.quoted).joined(separator: ",")
            Terminal.show("{\"sound\":\(faults.isEmpty),\"faults\":[\(list)]}")
        } else if faults.isEmpty {
            Terminal.show("\(folder)/signet.db is sound: \(summary)")
        } else {
            for fault in faults.prefix(faultsShownMax) { Terminal.show(JSONText.printable(fault)) }
            if faults.count > faultsShownMax {
                Terminal.show("and \(faults.count - faultsShownMax) more")
            }
        }
    }

    private static func keyFaults(_ settings: Settings, _ contents: StoreContents) -> [String] {
        do {
            return KeyCheck.faults(of: contents, try OpenAuthority.masterKey(settings))
        } catch {
            return ["\(error)"]
        }
    }

    private static func folder(of settings: Settings) throws(CommandFailure) -> String {
        guard case .folder(let folder) = settings.data else {
            throw CommandFailure(
                "a store in memory belongs to its server alone; use --data DIR", status: .usage)
        }
        try OpenAuthority.requireStore(settings.data)
        return folder
    }

    /// Does what may take minutes on a thread of its own; a person sees how long it has taken.
    private static func watched<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        guard Terminal.isInteractive(.error) else { return try body() }
        let outcome = Monitor<Result<Value, StoreError>?>(nil)
        let thread = try? Thread(name: "check") {
            let result = Result { () throws(StoreError) in try body() }
            outcome.withLock { $0 = result }
            outcome.broadcast()
        }
        guard let thread else { return try body() }
        defer { thread.join() }
        var progress = ProgressLine()
        defer { progress.finish() }
        var seconds = 0
        while true {
            progress.update("\(what): \(seconds) s")
            if let result = outcome.wait(atMostMilliseconds: 1000, { $0 }) {
                return try result.get()
            }
            seconds += 1
        }
    }
}
