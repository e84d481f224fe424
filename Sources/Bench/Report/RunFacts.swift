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
    /// What is in the server's store before the run: "empty at the start".
    package var data: String?
    /// What is in it after the run.
    package var dataAtEnd: String?
    /// Whether durability and data are what somebody said, who knows the server; nobody has seen them.
    package var isStated = false
    /// The event loops of the server.
    package var serverLoops: Int?
    package var versions: [Version] = []

    package init() {}

    /// The durability, and who says so.
    var durabilityText: String? { durability.map(described) }

    /// The data, and who says so.
    var dataText: String? { dataBeforeAndAfter.map(described) }

    /// What the store had at the start, and at the end if that is known.
    var dataBeforeAndAfter: String? {
        data.map { before in dataAtEnd.map { "\(before), \($0)" } ?? before }
    }

    private func described(_ fact: String) -> String { isStated ? "\(fact) (as stated)" : fact }

    /// The libraries of this program.
    package static var libraries: [Version] {
        [Version("libuv", LibUV.version), Version("OpenSSL", OpenSSL.version)]
    }
}
