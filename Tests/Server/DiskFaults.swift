import Foundation
import TestSupport

/// libfiu, loaded into a server: it has calls of the system fail as long as it is told to.
struct DiskFaults {
    private static let libraries = [
        "/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so",
    ]

    /// Whether it is there. A sanitizer wants to be loaded before everything else.
    static let areAvailable =
        libraries.allSatisfy { FileManager.default.fileExists(atPath: $0) }
        && !Signet.isSanitized

    let folder: TemporaryFolder

    /// What a server needs in its environment.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.libraries.joined(separator: " "), "FIU_ENABLE": "",
            "FIU_CTRL_FIFO": folder.path("fiu"),
        ]
    }

    /// Has a server do what `fiu-ctrl` understands, such as `disable name=…`; it is done on return.
    func tell(_ server: SignetProcess, _ command: String) throws {
        let control = try ChildProcess(
            ChildProcess.find("fiu-ctrl"),
            ["-f", folder.path("fiu"), "-c", command, "\(server.process.id)"],
            environment: ["PATH": "/usr/bin:/bin"], in: folder.path())
        guard try control.waitForEnd() == .exited(0) else {
            throw UnexpectedAnswer(description: "fiu-ctrl: \(control.errorText)")
        }
    }
}
