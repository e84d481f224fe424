import Foundation
import TestSupport
import Testing

/// The server's fault points, as far as the binary under test has them: a release has none.
enum FaultPoints {
    /// Whether the binary has fault points. `SIGNET_BINARY` names a release.
    static let areBuilt = ProcessInfo.processInfo.environment["SIGNET_BINARY"] == nil

    /// Whether a file has the name of the variable that arms them.
    static func areNamed(in path: String) throws -> Bool {
        try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
            .range(of: Data("FAULT_POINT".utf8)) != nil
    }
}

@Suite("Fault points")
struct FaultPointTests {
    @Test("are in a debug build, and a release has no trace of them")
    func trace() throws {
        #expect(try FaultPoints.areNamed(in: Signet.binary) == FaultPoints.areBuilt)
    }
}
