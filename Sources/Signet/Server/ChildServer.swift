internal import Glibc
internal import SignetCrypto
internal import SignetRuntime

/// The server that a measurement starts: this program again, in a process of its own, so that neither side
/// takes the other's processor time unseen.
final class ChildServer: Sendable {
    let address: SocketAddress
    let rootKey: String
    private let process: pid_t
    private let folder: String?

    /// Starts the server on a port of the kernel's choice, with a new store.
    ///
    /// - Parameter demo: whether it has the demo user.
    init(loops: Int, _ durability: BenchDurability, demo: Bool = false) throws {
        rootKey = String(decoding: randomKeyText(), as: UTF8.self)
        folder = durability == .memory ? nil : try Self.makeFolder()
        var output: [Int32] = [0, 0]
        guard pipe(&output) == 0 else { throw Self.failure("pipe", errno) }
        let arguments =
            [
                "signet", "serve", "--port", "0", "--data", folder ?? "memory:", "--loops",
                "\(loops)",
                "--durability", durability == .relaxed ? "relaxed" : "full", "--log-level",
                "warning",
                // A closed loop asks how much is answered, however long its clients wait.
                "--set", "limits.queue_time=0s", "--set", "admin.port=0",
            ] + (demo ? ["--demo"] : [])
        process = try Self.spawn(arguments, rootKey: rootKey, output: output)
        close(output[1])
        defer { close(output[0]) }
        guard let address = Self.readAddress(from: output[0]) else {
            Self.end(process, folder)
            throw CommandFailure("the server that was started for the measurement did not come up")
        }
        self.address = address
    }

    /// Ends the server and removes its data.
    func stop() {
        Self.end(process, folder)
    }

    /// The bytes of its database and log; nil when it keeps all in memory.
    var dataBytes: Int? {
        guard let folder else { return nil }
        return ["signet.db", "signet.db-wal"].reduce(0) { sum, name in
            var facts = stat()
            return sum + (stat("\(folder)/\(name)", &facts) == 0 ? Int(facts.st_size) : 0)
        }
    }

    private static func end(_ process: pid_t, _ folder: String?) {
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard let folder else { return }
        for name in ["signet.db", "signet.db-wal", "signet.db-shm", "master.key", "lock"] {
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }

    private static func makeFolder() throws(CommandFailure) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/signet-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("mkdtemp", errno) }
        let end = template.firstIndex(of: 0) ?? template.endIndex
        return String(decoding: template[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func spawn(
        _ arguments: [String], rootKey: String, output: [Int32]
    ) throws(CommandFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, output[0])

        let environment =
            ProcessEnvironment.variables
            .filter { !$0.key.hasPrefix("SIGNET_") }
            .map { "\($0.key)=\($0.value)" } + ["SIGNET_ROOT_KEY=\(rootKey)"]
        var argumentPointers = arguments.map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }

        var process = pid_t()
        let status = posix_spawn(
            &process, "/proc/self/exe", &actions, nil, &argumentPointers, &environmentPointers)
        guard status == 0 else { throw failure("posix_spawn", status) }
        return process
    }

    /// Reads what the server prints until it says where it listens; nil when it ends before.
    private static func readAddress(from file: Int32) -> SocketAddress? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(file, &byte, 1) == 1 {
            guard byte == 0x0A else {
                text.append(byte)
                continue
            }
            let line = String(decoding: text, as: UTF8.self)
            text = []
            guard let port = line.split(separator: ":").last.flatMap({ UInt16($0) }),
                line.contains(" listens on http://127.0.0.1:")
            else { continue }
            return SocketAddress(host: "127.0.0.1", port: port)
        }
        return nil
    }

    private static func failure(_ call: String, _ code: Int32) -> CommandFailure {
        CommandFailure("\(call): \(String(cString: strerror(code)))")
    }
}
