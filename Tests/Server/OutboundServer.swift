import Foundation
import TestSupport
import Testing

/// A server with a mail server and providers around it, and the calls that tests make.
struct OutboundServer {
    static let json = "Content-Type: application/json"
    static let path = "/frontend/api/v1/auth"

    let folder: TemporaryFolder
    let certificates: TestCertificates

    init() throws {
        folder = try TemporaryFolder()
        certificates = try TestCertificates(in: folder)
    }

    /// Starts Signet, open for sign-ups.
    func start(
        mailPort: Int, providers: String = "", _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws -> SignetProcess {
        let settings =
            [
                "outbound.ca_file=\(certificates.authority)", "frontend.sign_up=open",
                "smtp.url=smtp://localhost:\(mailPort)", "smtp.user=signet",
                "smtp.from=Signet <signet@example.org>",
            ] + (providers.isEmpty ? [] : ["providers=\(providers)"])
        return try SignetProcess(
            in: folder, settings.flatMap { ["--set", $0] } + arguments,
            environment: environment.merging(["SIGNET_SMTP_PASSWORD": "mail-word"]) { $1 })
    }

    static func post(
        _ route: String, _ body: String, on server: SignetProcess, fields: [String] = []
    ) throws -> HTTPAnswer {
        try server.connect().call(
            "POST", "\(path)\(route)", fields: [json] + fields, body: body)
    }

    static func signUp(_ name: String, on server: SignetProcess) throws -> HTTPAnswer {
        try post(
            "/sign-up",
            #"{"email":"\#(name)@example.org","password":"secret-word","name":"\#(name)"}"#,
            on: server)
    }

    static func signIn(_ name: String, on server: SignetProcess) throws -> HTTPAnswer {
        try post(
            "/sign-in", #"{"email":"\#(name)@example.org","password":"secret-word"}"#, on: server)
    }

    static func verify(
        _ token: String, on server: SignetProcess, fields: [String] = []
    ) throws -> HTTPAnswer {
        try post("/verify", #"{"verify-token":"\#(token)"}"#, on: server, fields: fields)
    }

    /// The link of a verification mail, in two parts.
    static func link(in mail: MailPeer.Mail) throws -> (page: String, token: String) {
        let link = try #require(mail.text.firstMatch(of: /(http[^ \r\n#]*)#([A-Za-z0-9_.-]+)\r\n/))
        return (String(link.1), String(link.2))
    }
}
