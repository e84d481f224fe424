// Hummingbird and JWTKit on one event loop; see benchmarks/README.md.

import Crypto
import Foundation
import Hummingbird
import JWTKit
import NIOPosix

let environment = ProcessInfo.processInfo.environment
func setting(_ name: String) -> String { environment["PEER_" + name] ?? "" }

let signer = try await Signer(
    algorithm: setting("ALGORITHM"), key: String(contentsOfFile: setting("KEY"), encoding: .utf8),
    id: setting("KEY_ID"), publicKey: setting("PUBLIC_KEY"))
let appKey = SHA256.hash(data: Data(setting("APP_KEY").utf8))

let router = Router()
router.post("/sign") { request, context in
    let given = request.headers[.authorization] ?? ""
    // Digests are compared in constant time.
    guard SHA256.hash(data: Data(given.utf8)) == appKey else { throw HTTPError(.unauthorized) }
    let claims = try await request.decode(as: CallerClaims.self, context: context)
    return try await signer.pair(for: claims)
}

var app = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: Int(setting("PORT")) ?? 0)),
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)))
app.logger.logLevel = .error
try await app.runService()
