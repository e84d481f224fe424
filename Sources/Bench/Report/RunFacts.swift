import SignetCrypto
import SignetRuntime

/// What a report says about a run and only its caller knows. Nil is said to be unknown.
package struct RunFacts: Sendable, Equatable {
    /// A program or library and its version.
    package struct Version: Sendable, Equatable {
        package let name: String
        package let version: String

        package init(_ name: String, _ version: String) {
            self.name = name
            self.version = version
        }
    }

    /// The algorithm that tokens are signed with, as in a JWS header.
    package var algorithm: String?
    /// How the server keeps its sessions.
    package var durability: String?
    /// What is in the server's store: "empty at the start".
    package var data: String?
    /// The event loops of the server.
    package var serverLoops: Int?
    package var versions: [Version] = []

    package init() {}

    /// The libraries of this program.
    package static var libraries: [Version] {
        [Version("libuv", LibUV.version), Version("OpenSSL", OpenSSL.version)]
    }
}
