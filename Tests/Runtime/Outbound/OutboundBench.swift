import TestSupport
import Testing

@testable import SignetRuntime

/// An `Outbound` on a loop of its own, with peers to ask.
struct OutboundBench {
    let folder: TemporaryFolder
    let certificates: TestCertificates
    let outbound: Outbound

    /// Runs `body`, and stops the loop.
    static func run(
        _ adjust: (inout OutboundSettings) -> Void = { _ in },
        _ body: (OutboundBench) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let certificates = try TestCertificates(in: folder)
        var settings = OutboundSettings()
        settings.certificateFile = certificates.authority
        // What takes long, but for a test that says so, is the machine.
        settings.connectTimeoutMilliseconds = 600_000
        settings.webTimeoutMilliseconds = 600_000
        settings.mailTimeoutMilliseconds = 600_000
        adjust(&settings)
        let loop = try RunningLoop()
        let outbound = Outbound(settings, on: loop.eventLoop)
        let bench = OutboundBench(folder: folder, certificates: certificates, outbound: outbound)
        do {
            try await body(bench)
        } catch {
            await outbound.stop()
            throw error
        }
        await outbound.stop()
    }

    /// A page of `peer`.
    func fetch(
        _ path: String, of peer: PythonServer, host: String = "localhost", scheme: String = "https",
        bodyBytesMax: Int = 1000, _ adjust: (inout WebRequest) -> Void = { _ in }
    ) async throws(OutboundError) -> WebAnswer {
        var request = WebRequest(
            "\(scheme)://\(host):\(peer.port)\(path)", bodyBytesMax: bodyBytesMax)
        adjust(&request)
        return try await outbound.fetch(request)
    }

    /// Why a page of `peer` can't be had; nil when it can.
    func refusal(
        _ path: String, of peer: PythonServer, host: String = "localhost", scheme: String = "https",
        _ adjust: (inout WebRequest) -> Void = { _ in }
    ) async -> OutboundError.Reason? {
        do {
            _ = try await fetch(path, of: peer, host: host, scheme: scheme, adjust)
            return nil
        } catch {
            return error.reason
        }
    }
}
