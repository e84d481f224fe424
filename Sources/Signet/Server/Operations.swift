internal import Glibc
internal import Logging
internal import SignetAuthority
internal import SignetBench
internal import SignetCrypto
internal import SignetRuntime
internal import SignetStorage

/// What the commands do with the other modules.
enum Operations {
    /// A JWK Set of some keys of 8192 bits fits.
    private static let keyFileBytesMax = 65_536

    /// Serves until SIGTERM or SIGINT; then finishes what is in flight. A second signal ends at once.
    static func serve(_ settings: Settings, demo: Bool) throws {
        StopSignals.block()
        let server = try Server(settings)
        let log = Logger(label: "signet.server")
        if let key = try RootKey.prepare(server.open.authority, settings) {
            guard Terminal.show("Root key (shown this once, keep it safe): \(key)") else {
                throw CommandFailure(
                    "the new root key could not be shown; make another with signet root-key rotate")
            }
        }
        if demo { Terminal.show(try Demo.prepare(server)) }
        Terminal.show("Signet \(Version.text) listens on http://\(server.address)")
        log.info(
            "started",
            metadata: [
                "address": "\(server.address)", "loops": "\(settings.loops)",
                "workers": "\(settings.workers)", "data": "\(settings.data)",
                "durability": "\(settings.durability)",
            ])

        let name = StopSignals.wait()
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

    static func createApp(_ settings: Settings, _ app: NewApp, json: Bool) throws {
        try withAuthority(settings) { authority in
            let created = try Blocking.run {
                try await authority.apps.create(App.Terms(app), at: WallClock.unixMilliseconds)
            }
            AppReport.show(created, json: json)
        }
    }

    static func listApps(_ settings: Settings, json: Bool) throws {
        try withAuthority(settings) { authority in
            AppReport.show(authority.apps.directory.current.all, json: json)
        }
    }

    static func showApp(_ settings: Settings, id: String, json: Bool) throws {
        try withAuthority(settings) { authority in
            AppReport.show(try app(id, of: authority), json: json)
        }
    }

    static func listKeys(_ settings: Settings, app id: String?, json: Bool) throws {
        try withAuthority(settings) { authority in
            let apps = authority.apps.directory.current.all
            let shown = try id.map { [try app($0, of: authority)] } ?? apps
            KeyReport.show(authority.keyRing.keys.current, of: shown, json: json)
        }
    }

    static func rotateKey(_ settings: Settings, app id: String, json: Bool) throws {
        try withAuthority(settings) { authority in
            let app = try app(id, of: authority)
            let next = try Blocking.run {
                try await authority.apps.publishNextKey(of: app, at: WallClock.unixMilliseconds)
            }
            KeyReport.show(next: next.key, signsFrom: next.signsFrom, of: app, json: json)
        }
    }

    static func revokeKey(_ settings: Settings, key id: ULID, json: Bool) throws {
        try withAuthority(settings) { authority in
            let keys = authority.keyRing.keys.current
            let apps = authority.apps.directory.current.all
            guard let key = keys.key(id),
                let app = apps.first(where: { keys.keys(app: $0.number).contains { $0 === key } })
            else {
                throw CommandFailure("there is no key \(id); 'signet key list' shows them")
            }
            let now = try Blocking.run {
                try await authority.apps.revokeKey(id, of: app, at: WallClock.unixMilliseconds)
            }
            KeyReport.show(revoked: key, now: now, of: app, json: json)
        }
    }

    static func importKey(
        _ settings: Settings, app id: String, file path: String, json: Bool
    ) throws {
        try withAuthority(settings) { authority in
            let app = try app(id, of: authority)
            let file = try keyFile(path, for: app)
            // Our key ids are ULIDs; another `kid` can't be kept.
            let id = file.keyID.flatMap { ULID($0) }
            let outcome = try Blocking.run {
                try await authority.apps.importKey(
                    file.key, id: id, into: app, at: WallClock.unixMilliseconds)
            }
            switch outcome {
            case .imported(let key): KeyReport.show(imported: key, of: app, json: json)
            case .known(let key):
                throw CommandFailure(
                    "\(path) is not imported: app \(app.idText) has this key already, as "
                        + "\(key.idText) (\(key.phaseName))")
            case .idIsTaken:
                throw CommandFailure(
                    "\(path) is not imported: there is another key with its kid; remove the kid "
                        + "from the file, and the key gets a new one")
            }
        }
    }

    static func rotateRootKey(_ settings: Settings, json: Bool) throws {
        try withAuthority(settings) { authority in
            let key = try Blocking.run { try await authority.apps.rotateRootKey() }
            let text = String(decoding: key, as: UTF8.self)
            Terminal.show(json ? "{\"root_key\":\(JSONText.quoted(text))}" : text)
        }
    }

    static func bench(_ plan: BenchPlan) throws {
        do {
            try Measurement.run(plan)
        } catch let error as BenchError {
            throw CommandFailure("\(error)")
        }
    }

    private static func app(_ id: String, of authority: Authority) throws(CommandFailure) -> App {
        guard let app = authority.apps.directory.current.app(idText: id) else {
            throw CommandFailure("there is no app \(id); 'signet app list' shows them")
        }
        return app
    }

    /// The key that a file holds for an app.
    private static func keyFile(_ path: String, for app: App) throws(CommandFailure) -> KeyFile {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(path: path, bytesMax: keyFileBytesMax)
        } catch {
            throw CommandFailure("\(path) can't be read: \(error)")
        }
        do throws(KeyFile.Problem) {
            return try KeyFile(bytes, for: app.terms.algorithm)
        } catch {
            throw CommandFailure("\(path) is not imported: \(error.text(for: app))")
        }
    }

    /// Opens the store beside a server that may run, and closes it when `body` is done.
    private static func withAuthority(
        _ settings: Settings, _ body: (Authority) throws -> Void
    ) throws {
        guard settings.data != .memory else {
            throw CommandFailure(
                "a store in memory belongs to its server alone; use --data DIR", status: .usage)
        }
        let open = try OpenAuthority(settings, role: .visitor)
        do {
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
