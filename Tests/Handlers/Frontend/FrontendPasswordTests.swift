import Foundation
import SignetAuthority
import Testing

/// frontend.md, `/current/password` and `/{user-id}/password`.
@Suite("Passwords of accounts")
struct FrontendPasswordTests {
    private static let change = #"{"old-password":"secret-word","new-password":"another-word"}"#

    private func status(_ user: FrontendUser, _ password: String) async throws -> Int {
        try await user.signIn(password: password).status
    }

    @Test("of the caller are changed with the old one, and other sessions stay unless told")
    func own() async throws {
        let user = try await FrontendUser.make()
        let (first, second) = (try await user.signedIn(), try await user.signedIn())
        let answer = try await user.call(
            "PUT", "current/password", bearer: first.jwt, json: Self.change)
        #expect(answer.status == 204)
        #expect(try await status(user, "secret-word") == 401)
        #expect(try await status(user, "another-word") == 200)
        #expect(try await user.status(second.jwt) == 200)
        let back = try await user.call(
            "PUT", "current/password?logout-all=false", bearer: first.jwt,
            form: "old-password=another-word&new-password=secret-word")
        #expect(back.status == 204)
        #expect(try await status(user, "secret-word") == 200)
        // By its number, too, and then not without the old one either.
        let path = "\(user.id)/password"
        #expect(
            try await user.call("PUT", path, bearer: first.jwt, json: Self.change).status == 204)
        #expect(
            try await user.call(
                "PUT", path, bearer: first.jwt, json: #"{"new-password":"third-word"}"#
            ).status == 400)
    }

    @Test("drop all other sessions, of every dialect, with logout-all")
    func logoutAll() async throws {
        let user = try await FrontendUser.make()
        let (first, second) = (try await user.signedIn(), try await user.signedIn())
        let signIn = try await SignInUser(user: user.user).signIn()
        let answer = try await user.call(
            "PUT", "current/password?logout-all=true", bearer: first.jwt, json: Self.change)
        #expect(answer.status == 204)
        for _ in 0..<8 {
            #expect(try await user.status(second.jwt) == 401)
            #expect(try await user.user.check(second.jwt).status == 401)
            #expect(try await user.user.check(signIn.access).status == 401)
            #expect(try await user.status(first.jwt) == 200)
        }
        // What was not made with the password stays.
        #expect(try await user.status(first.apiToken) == 200)
    }

    @Test("are refused with a wrong old one, and out of their range")
    func refused() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        for (body, faults) in [
            (
                #"{"old-password":"wrong-word","new-password":"another-word"}"#,
                ["#/old-password: This is not the password."]
            ),
            (
                "{}",
                ["#/old-password: This is required.", "#/new-password: This is required."]
            ),
            (
                #"{"old-password":1,"new-password":"short"}"#,
                [
                    "#/old-password: This must be a string.",
                    "#/old-password: This is required.",
                    "#/new-password: This must have 6 to 72 characters.",
                ]
            ),
        ] {
            let answer = try await user.call(
                "PUT", "current/password", bearer: jwt, json: body)
            #expect(answer.status == 400)
            let list = faults.map { "\"\($0)\"" }.joined(separator: ",")
            #expect(answer.text.hasSuffix(#""context":{"body":[\#(list)]}}"#), "\(answer.text)")
        }
        #expect(try await status(user, "secret-word") == 200)
    }

    @Test("of a sub user are changed by the parent, with the old one")
    func subUser() async throws {
        let parent = try await FrontendUser.make()
        let child = try await FrontendUser.make(role: .sub, parent: parent)
        let jwt = try await parent.signedIn().jwt
        let childs = try await child.signedIn()
        let path = "\(child.id)/password"
        let wrong = try await parent.call(
            "PUT", path, bearer: jwt,
            json: #"{"old-password":"wrong-word","new-password":"another-word"}"#)
        #expect(wrong.status == 400)
        #expect(wrong.text.contains("#/old-password: This is not the password."))
        let answer = try await parent.call(
            "PUT", "\(path)?logout-all=true", bearer: jwt, json: Self.change)
        #expect(answer.status == 204)
        #expect(try await status(child, "another-word") == 200)
        #expect(try await child.status(childs.jwt) == 401)
        #expect(try await parent.status(jwt) == 200)
        // A sub user may change its own, and end its sessions.
        let again = try await child.signIn(password: "another-word")
        let childJWT = try FrontendUser.signedIn(again).jwt
        #expect(
            try await child.call(
                "PUT", "current/password", bearer: childJWT,
                json: #"{"old-password":"another-word","new-password":"third-word"}"#
            ).status == 204)
        #expect(try await child.call("DELETE", "session", bearer: childJWT).status == 204)
    }

    @Test("of anybody are changed by an administrator, without the old one")
    func administrator() async throws {
        let user = try await FrontendUser.make()
        for role in [User.Role.admin, .root] {
            let admin = try await FrontendUser.make(role: role)
            let jwt = try await admin.signedIn().jwt
            let answer = try await admin.call(
                "PUT", "\(user.id)/password", bearer: jwt,
                json: #"{"new-password":"by-\#(role.rawValue)"}"#)
            #expect(answer.status == 204)
            #expect(try await status(user, "by-\(role.rawValue)") == 200)
            let unknown = try await admin.call(
                "PUT", "999999999/password", bearer: jwt, json: Self.change)
            #expect(unknown.status == 404)
            #expect(try unknown.string("code") == "NOT_FOUND")
            // But the own one is not.
            let own = try await admin.call(
                "PUT", "\(admin.id)/password", bearer: jwt,
                json: #"{"new-password":"another-word"}"#)
            #expect(own.status == 400)
        }
    }

    @Test("of strangers are nobody's business, and numbers below 1 are no users")
    func strangers() async throws {
        let user = try await FrontendUser.make()
        let stranger = try await FrontendUser.make()
        let child = try await FrontendUser.make(role: .sub, parent: stranger)
        let jwt = try await user.signedIn().jwt
        for id in [stranger.id, child.id, 999_999_999, .max] {
            let answer = try await user.call(
                "PUT", "\(id)/password", bearer: jwt, json: Self.change)
            #expect(answer.status == 403)
            #expect(
                answer.text
                    == FrontendMessage.error(
                        403, "PERMISSION_DENIED", "The user is not a sub user of yours."))
        }
        for id in ["0", "-1", "x", "1.5", "99999999999999999999"] {
            let answer = try await user.call(
                "PUT", "\(id)/password", bearer: jwt, json: Self.change)
            #expect(answer.status == 400)
            #expect(
                answer.text
                    == FrontendMessage.invalid(
                        "path", "#/user-id: This must be a whole number above 0."))
        }
        #expect(try await status(stranger, "secret-word") == 200)
    }
}
