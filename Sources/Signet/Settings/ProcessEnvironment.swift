// Foundation, because `environ` is a mutable global that Swift 6 code may not touch.
internal import FoundationEssentials

/// The variables that this process was started with.
enum ProcessEnvironment {
    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
