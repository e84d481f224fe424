internal import Glibc
internal import SignetAuthority
internal import SignetCrypto
internal import SignetRuntime
internal import SignetStorage

/// The store of the settings, opened, with the authority over it and the threads that they need.
///
/// Apps and keys live on a loop of their own, the *control loop*, so that managing them never delays a
/// request.
final class OpenAuthority: Sendable {
    /// Signatures and key generations that may wait for a worker.
    private static let workerJobsMax = 65_536
    /// Password hashes that may wait for each thread that makes them: about 1.6 s of work.
    private static let passwordsPerThreadMax = 64

    let store: any Store
    let authority: Authority
    let control: LoopGroup
    /// What the audit log is chained with; nil when there is none.
    let auditKey: SecretBytes?
    let workers: WorkerPool
    private let passwords: WorkerPool
    /// Both pools, as the authority knows them.
    let poolWorkers: PoolWorkers

    /// - Parameter role: `server` takes the lock of the data folder.
    ///
    /// Throws a `CommandFailure` that says what is wrong with the data folder or the master key.
    init(_ settings: Settings, role: StoreRole) throws {
        if role == .visitor { try Self.requireStore(settings.data) }
        if case .folder(let folder) = settings.data { try PrivateFiles.require(in: folder) }
        let masterKey = try Self.masterKey(settings)
        auditKey = try AuditLog.key(settings.audit) { masterKey }
        store = try Self.openStore(settings, role: role)
        #if DEBUG
            FaultPoint.storeOpened.pass()
        #endif
        workers = try WorkerPool(workers: settings.workers, jobsMax: Self.workerJobsMax)
        let threads = min(settings.workers, ProcessorCount.available)
        passwords = try WorkerPool(
            workers: threads, jobsMax: threads * Self.passwordsPerThreadMax, name: "password",
            niceness: 9)
        let queueTime = settings.limits.queueTime.milliseconds
        poolWorkers = PoolWorkers(
            pool: workers, passwords: passwords,
            admission: queueTime > 0 ? AdmissionControl(targetMilliseconds: Int64(queueTime)) : nil)
        control = try LoopGroup(count: 1, name: "control")
        do {
            authority = try Blocking.run { [store, poolWorkers, control] in
                let authority = try await Authority(
                    store: store, masterKey: masterKey,
                    workers: poolWorkers,
                    passwordCost: settings.passwords.cost, on: control.loops[0])
                if role == .server { try await authority.recallEnded() }
                return authority
            }
        } catch AuthorityError.wrongMasterKey {
            throw CommandFailure(
                "\(AuthorityError.wrongMasterKey); restore the right master.key or SIGNET_MASTER_KEY",
                status: .configuration)
        } catch AuthorityError.storeUnavailable {
            throw CommandFailure(
                "\(settings.data): the database could not be read; 'signet check' says what is wrong"
            )
        }
    }

    /// Commits what is queued and ends the threads.
    func close() throws {
        workers.stop()
        passwords.stop()
        try Blocking.run { [store] in await store.close() }
        control.stop()
    }

    /// A mistyped folder is told, not made.
    static func requireStore(_ data: DataLocation) throws(CommandFailure) {
        guard case .folder(let folder) = data, access("\(folder)/signet.db", F_OK) != 0 else {
            return
        }
        throw CommandFailure(
            "there is no Signet store in \(folder); give its folder by --data, or make one with "
                + "signet serve", status: .configuration)
    }

    /// The key of `SIGNET_MASTER_KEY` or of the data folder. Throws a `CommandFailure` that says what to do.
    static func masterKey(_ settings: Settings) throws -> MasterKey {
        if let text = settings.masterKey?.text {
            guard let key = try? MasterKey(base64: Array(text.utf8)) else {
                throw CommandFailure(
                    "SIGNET_MASTER_KEY does not hold 32 bytes as base64", status: .configuration)
            }
            return key
        }
        switch settings.data {
        case .memory: return MasterKey.generate()
        case .folder(let folder): return try MasterKeyFile.load(from: folder)
        }
    }

    private static func openStore(_ settings: Settings, role: StoreRole) throws -> any Store {
        // What expires is kept as long as a clock that is slow may take it for valid: what was ended
        // must not come back, nor a session be gone before its tokens.
        let skew = settings.clockSkew.components.seconds
        let clock: @Sendable () -> Int64 = { Int64(time(nil)) - skew }
        guard case .folder(let folder) = settings.data else { return MemoryStore(clock: clock) }
        do throws(StoreError) {
            return try SQLiteStore(
                folder: folder, durability: settings.durability == .full ? .full : .relaxed,
                role: role, clock: clock, answering: { LoopWakes.together($0) })
        } catch {
            throw CommandFailure("\(folder): \(error)", status: status(of: error))
        }
    }

    /// What takes another folder or another Signet is for the settings; all else may be over a moment later.
    private static func status(of error: StoreError) -> ExitStatus {
        switch error.reason {
        case .newerSchema: .configuration
        case .notSignet where !error.isDamage: .configuration
        default: .failure
        }
    }
}

extension Settings.Passwords {
    var cost: PasswordHash.Cost {
        PasswordHash.Cost(memoryKiB: memory / 1024, iterations: iterations)
    }
}
