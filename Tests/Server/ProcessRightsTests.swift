import Foundation
import TestSupport
import Testing

@Suite("The rights of a server's process")
struct ProcessRightsTests {
    /// A line of `/proc/<id>/status`.
    private func status(_ name: String, of id: Int32) throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name):") })
        return Array(line.split(whereSeparator: { " \t".contains($0) }).dropFirst())
    }

    @Test("no core dump, no debugger, no new privileges, and files for nobody else")
    func hidden() throws {
        let server = try SignetProcess()
        let id = server.process.id
        let limits = try String(contentsOfFile: "/proc/\(id)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core") })
        #expect(core.split(separator: " ")[4...5].allSatisfy { $0 == "0" }, "\(core)")
        #expect(try status("NoNewPrivs", of: id) == ["1"])
        #expect(try status("Umask", of: id) == ["0077"])
        #expect(try server.stop() == .exited(0))
    }

    @Test(
        "--user gives up root's rights for good, and signs on",
        .enabled(if: geteuid() == 0 && getpwnam("nobody") != nil, "needs root and a user to become")
    )
    func user() throws {
        let nobody = try #require(getpwnam("nobody")).pointee
        let folder = try TemporaryFolder()
        // The way to the folder is open to that user, and the folder is its own.
        chmod(folder.path(), 0o711)
        let data = folder.path("data")
        mkdir(data, 0o700)
        chown(data, nobody.pw_uid, nobody.pw_gid)
        let server = try SignetProcess(in: folder, ["--user", "nobody"])
        let id = server.process.id
        let user = "\(nobody.pw_uid)", group = "\(nobody.pw_gid)"
        #expect(try status("Uid", of: id) == [user, user, user, user].map { $0[...] })
        #expect(try status("Gid", of: id) == [group, group, group, group].map { $0[...] })
        #expect(try !status("Groups", of: id).contains("0"))
        for name in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            #expect(try status(name, of: id) == ["0000000000000000"], "\(name)")
        }
        // The kernel gives root what it shows of a process that may not be dumped.
        let files = try FileManager.default.attributesOfItem(atPath: "/proc/\(id)/fd")
        #expect(files[.ownerAccountID] as? Int == 0)
        let app = try AppAccount.create(on: server)
        _ = try app.pair(on: server.connect())
        #expect(try server.stop() == .exited(0))
        let owner = try FileManager.default.attributesOfItem(atPath: "\(data)/signet.db")
        #expect(owner[.ownerAccountID] as? UInt32 == nobody.pw_uid)
    }

    @Test("--user refuses who is not there, and root")
    func refusals() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("no-such-user", "there is no user"), ("root", "is root")] {
            let outcome = try Signet.run(
                ["serve", "--port", "0", "--data", folder.path("data"), "--user", name], in: folder)
            #expect(outcome.ending == .exited(64) && outcome.errors.contains(text), "\(outcome)")
        }
    }
}
