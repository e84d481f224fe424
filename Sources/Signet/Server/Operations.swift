internal import Glibc
internal import Logging
internal import SignetAuthority
internal import SignetBench
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime
internal import SignetStorage

/// What the commands do with the other modules.
enum Operations {
    /// Serves until SIGTERM or SIGINT; then finishes what is in flight. A second signal ends at once.
    /// SIGHUP reads the settings again. A service manager is told of all that (`NotifySocket`), and may have passed on
    /// the listening sockets.
    ///
    /// - Parameter reread: reads the same flags, environment and file once more.
    static func serve(
        _ settings: Settings, demo: Bool, reread: @escaping () throws(SettingsError) -> Settings
    ) throws {
        StopSignals.block(reloads: true)
        let service = ServiceEnvironment.take()
        let manager = NotifySocket(service)
        let sockets = try InheritedSockets(service)
        if demo { try requirePrivacy(on: sockets) }
        let server = try Server(settings, sockets)
        let log = Logger(label: "signet.server")
        do {
            try prepare(server, settings, demo: demo, log: log)
        } catch {
            // What was done until then is recorded.
            server.audit?.close()
            throw error
        }
        Terminal.show("Signet \(Version.text) listens on \(server.url)")
        Terminal.show("Metrics: \(server.adminURL)/metrics")
        log.info(
            "started",
            metadata: [
                "address": "\(server.url)", "loops": "\(settings.loops)",
                "workers": "\(settings.workers)", "data": "\(settings.data)",
                "durability": "\(settings.durability)",
            ])

        let watchdog = Watchdog(manager, over: server.loops, on: server.open.control.loops[0])
        watchdog?.start()
        let status = "Serving \(server.url), metrics at \(server.adminURL)/metrics"
        manager.ready(status)
        var reload = SettingsReload(settings, server.reloadables, log: log, read: reread)
        let name = waitForStop {
            manager.reloading()
            let outcome: AuditEvent.Outcome = reload.run() ? .done : .failed
            server.audit?.recordOwn(.settingsReloaded, outcome)
            manager.ready(
                outcome == .done ? status : status + "; not all settings could be read again")
        }
        watchdog?.stop()
        manager.stopping()
        log.info("stopping", metadata: ["signal": "\(name)"])
        _ = try Thread(name: "impatience") {
            // Not within the line, which is not made at all when the log leaves it out.
            let second = StopSignals.wait()
            log.warning("stopped at once", metadata: ["signal": "\(second)"])
            _exit(1)
        }
        // A disk that hangs must not keep the process: everything is committed that was answered.
        _ = try Thread(name: "patience") {
            _ = Monitor(()).wait(atMostMilliseconds: settings.timeouts.drain.milliseconds) {
                (_: inout ()) -> Void? in nil
            }
            log.error("not stopped in time, giving up", metadata: [:])
            _exit(1)
        }
        let isDrained = try server.shutDown(within: settings.timeouts.drain)
        log.info("stopped", metadata: ["finished": "\(isDrained)"])
    }

    /// Refuses to print the key of the demo app where others may read or use it.
    private static func requirePrivacy(on sockets: InheritedSockets) throws(CommandFailure) {
        let reason: String
        if !sockets.http.isEmpty {
            reason = "nobody knows who reaches a socket that was passed on"
        } else if JournalStream.carries(.output) {
            reason = "the journal would keep it"
        } else {
            return
        }
        throw CommandFailure(
            "--demo prints a key for everybody to see, and \(reason); leave out --demo",
            status: .usage)
    }

    /// Makes and shows what a new store lacks: the root key, and with `demo` what is there to try.
    private static func prepare(
        _ server: Server, _ settings: Settings, demo: Bool, log: Logger
    ) throws {
        let rootKey = try RootKey(server.open.authority, settings)
        if rootKey.isNew { server.audit?.recordOwn(.keyRotated, of: .rootKey) }
        if let key = rootKey.made { try show(rootKey: key, log) }
        if demo { Terminal.show(try Demo.prepare(server)) }
    }

    private static func show(rootKey: String, _ log: Logger) throws {
        if JournalStream.carries(.output) {
            log.notice(
                "a root key was made and is not shown, since the journal would keep it: signet root-key rotate shows another"
            )
            return
        }
        guard Terminal.show("Root key (shown this once, keep it safe): \(rootKey)") else {
            throw CommandFailure(
                "the new root key could not be shown; make another with signet root-key rotate")
        }
    }

    /// Waits for the signal that ends the server, and returns its name.
    private static func waitForStop(_ reload: () -> Void) -> String {
        let hadTerminal = StopSignals.hasTerminal
        while true {
            switch StopSignals.waitForWish(hadTerminal: hadTerminal) {
            case .stop(let name): return name
            case .reload: reload()
            }
        }
    }

    static func rotateRootKey(_ settings: Settings, json: Bool) throws {
        try withAuthority(settings) { authority in
            let key = try Blocking.run { try await authority.apps.rotateRootKey() }
            let text = String(decoding: key, as: UTF8.self)
            // Before anything that may fail: it is shown this once.
            Terminal.show(json ? "{\"root_key\":\(JSONText.quoted(text))}" : text)
            try CommandAudit.record(settings, .keyRotated, of: .rootKey)
        }
    }

    static func bench(_ plan: BenchPlan) throws {
        do {
            try Measurement.run(plan)
        } catch let error as BenchError {
            throw CommandFailure("\(error)")
        }
    }

    /// Measures the algorithms in this process and prints the report.
    static func bench(
        _ algorithms: [Algorithm], each duration: Duration, _ output: BenchOutput
    ) throws {
        try Measurement.runCrypto(algorithms, each: duration, output)
    }

    /// Opens the store beside a server that may run, and closes it when `body` is done.
    static func withAuthority(
        _ settings: Settings, _ body: (Authority) throws -> Void
    ) throws {
        guard settings.data != .memory else {
            throw CommandFailure(
                "a store in memory belongs to its server alone; use --data DIR", status: .usage)
        }
        ProcessRights.hide()
        let open = try OpenAuthority(settings, role: .visitor)
        do {
            try CommandAudit.require(settings)
            try body(open.authority)
        } catch let error as AuthorityError {
            try open.close()
            throw CommandFailure("\(error)")
        } catch {
            try open.close()
            throw error
        }
        try open.close()
    }
}
