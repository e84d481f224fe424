import Foundation
import TestSupport
import Testing

/// Every input that fuzzing has found worth keeping, and every one that ever broke something, through the same
/// properties as in `scripts/fuzz`.
@Suite("The fuzzing corpus")
struct CorpusTests {
    private static let folder = Python.packageRoot.appending(path: "Tests/Fuzz/Corpus")

    @Test("holds the properties of each target", arguments: FuzzTarget.allCases)
    func holds(target: FuzzTarget) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: target.rawValue), includingPropertiesForKeys: nil)
        #expect(files.count >= 15)
        let bench = try FuzzBench()
        for file in files.sorted(by: { $0.path < $1.path }) {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.path)") {
                try bytes.withUnsafeBytes { try bench.check(target, $0) }
            }
        }
    }
}
