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
    /// SIGHUP reads the settings again.
    ///
    /// - Parameter reread: reads the same flags, environment and file once more.
    static func serve(
        _ settings: Settings, demo: Bool, reread: @escaping () throws(SettingsError) -> Settings
    ) throws {
        StopSignals.block(reloads: true)
        let server = try Server(settings)
        let log = Logger(label: "signet.server")
        do {
            try prepare(server, settings, demo: demo)
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

        var reload = SettingsReload(settings, server.reloadables, log: log, read: reread)
        let name = waitForStop {
            let outcome: AuditEvent.Outcome = reload.run() ? .done : .failed
            server.audit?.recordOwn(.settingsReloaded, outcome)
        }
        log.info("stopping", metadata: ["signal": "\(name)"])
        _ = try Thread(name: "impatience") {
            log.warning("stopped at once", metadata: ["signal": "\(StopSignals.wait())"])
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

    /// Makes and shows what a new store lacks: the root key, and with `demo` what is there to try.
    private static func prepare(_ server: Server, _ settings: Settings, demo: Bool) throws {
        let rootKey = try RootKey(server.open.authority, settings)
        if rootKey.isNew { server.audit?.recordOwn(.keyRotated, of: .rootKey) }
        if let key = rootKey.made {
            guard Terminal.show("Root key (shown this once, keep it safe): \(key)") else {
                throw CommandFailure(
                    "the new root key could not be shown; make another with signet root-key rotate")
            }
        }
        if demo { Terminal.show(try Demo.prepare(server)) }
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
