import CFuzzer
import Glibc

/// `SIGNET_FUZZ_TARGET=… SignetFuzz [what libFuzzer takes]`: feeds one target until one of its properties does not
/// hold. Not as an argument, because libFuzzer starts itself again with its own arguments for a merge.
@main
struct Driver {
    /// Set once, before libFuzzer starts, and read by its one thread.
    nonisolated(unsafe) private static var target = FuzzTarget.json
    nonisolated(unsafe) private static var bench: FuzzBench?

    static func main() throws {
        let name = getenv("SIGNET_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
            exit(64)
        }
        Self.target = target
        bench = try FuzzBench()
        let arguments = CommandLine.arguments
        var count = Int32(arguments.count)
        // As long as the process: libFuzzer keeps them.
        let texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: texts.count)
        vector.initialize(from: texts, count: texts.count)
        var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = vector
        exit(
            LLVMFuzzerRunDriver(&count, &pointer) { data, count in
                do {
                    let input = UnsafeRawBufferPointer(start: data, count: count)
                    try Driver.bench?.check(Driver.target, input)
                } catch {
                    fatalError("\(Driver.target): \(error)")
                }
                return 0
            })
    }
}
