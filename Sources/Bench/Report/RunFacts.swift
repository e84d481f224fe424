/// What a report says about a run and only its caller knows. Nil and empty are left out.
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
    /// The event loops of the server.
    package var serverLoops: Int?
    package var versions: [Version] = []

    package init() {}
}
