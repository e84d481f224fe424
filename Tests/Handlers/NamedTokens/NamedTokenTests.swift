import Foundation
import Testing

/// named-tokens.md, the table of routes.
@Suite("Named tokens")
struct NamedTokenTests {
    @Test(
        "are generated, shown, listed and deleted, at both addresses and with both slash forms",
        arguments: ["/api/v1alpha/token", "/v1alpha/token"], ["", "/"])
    func life(_ path: String, _ slash: String) async throws {
        let user = try await NamedTokenUser.make()
        let before = Int64(Date().timeIntervalSince1970)
        let made = try await user.call(
            "POST", path + slash,
            body: #"""
                {"jwt_token_description": "Token \"specter\" é", "jwt_token_life": "6 hours"}
                """#)
        let after = Int64(Date().timeIntervalSince1970)
        #expect(made.status == 201)
        #expect(made.field("content-type") == ["application/json"])
        #expect(made.field("cache-control") == ["no-store"])
        let id = try made.string("jwt_token_id")
        let token = try made.string("jwt_token")
        #expect(
            made.text == #"{"message":"Token generated","jwt_token_id":"\#(id)","jwt_token":""#
                + #"\#(token)","jwt_token_description":"Token \"specter\" é","jwt_token_life":21600}"#
        )
        // RFC 9562: version 4, variant 10.
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(id.wholeMatch(of: form) != nil)

        let text = try TokenText(token)
        #expect(text.header == #"{"typ":"JWT","alg":"HS256"}"#)
        let issued = Int64(try #require(text.claims.firstMatch(of: /"iat":(\d+)\}/)).1) ?? 0
        #expect((before...after).contains(issued))
        #expect(
            text.claims == #"{"username":"\#(user.login)","jwt_token_id":"\#(id)","#
                + #""jwt_token_description":"Token \"specter\" é","exp":\#(issued + 21600),"#
                + #""iat":\#(issued)}"#)

        let shown = try await user.call("GET", "\(path)/\(id)\(slash)")
        #expect(shown.status == 200)
        let remaining = try #require(
            shown.text.wholeMatch(
                of:
                    #/
                    \{"message":"Tokens\ exists","jwt_token_description":"Token\ \\"specter\\"\ é",
                    "jwt_token_life":21600,"jwt_token_life_remaining":(\d+\.\d{3}),
                    "expiry_status":"Valid"\}
                    /#
            )
        ).1
        let seconds = try #require(Double(remaining))
        let age = Date().timeIntervalSince1970 - Double(before)
        #expect(seconds <= 21_600 && seconds > 21_599 - age)

        let listed = try await user.call("GET", path + slash)
        #expect(listed.status == 200)
        #expect(
            listed.text.replacing(/\d+\.\d{3}/, with: "R")
                == #"{"message":"Tokens exists","jwt_tokens":{"\#(id)":{"jwt_token_description":"#
                + #""Token \"specter\" é","jwt_token_life":21600,"jwt_token_remaining_life":R}}}"#)

        let deleted = try await user.call("DELETE", "\(path)/\(id)\(slash)")
        #expect(deleted.status == 200)
        #expect(deleted.text == #"{"message":"Token deleted"}"#)
        #expect(try await user.call("GET", "\(path)/\(id)").status == 404)
        #expect(try await user.call("GET", path + slash).text == NamedTokenMessage.none)
    }

    @Test("are listed in the order in which they were made, each under its id")
    func order() async throws {
        let user = try await NamedTokenUser.make()
        var ids: [String] = []
        for number in 0..<5 { ids.append(try await user.token("token \(number)").id) }
        let list = try await user.call("GET").text
        #expect(
            list.matches(of: /"([0-9a-f-]{36})":\{"jwt_token_description":"token (\d)"/)
                .map { "\($0.1) \($0.2)" } == ids.enumerated().map { "\($1) \($0)" })
    }

    @Test(
        "take JSON integers as seconds, and types that end in +json",
        arguments: [
            ("application/json", "90"), ("Application/JSON; charset=utf-8", "90"),
            ("application/vnd.x+json", "90"), ("application/problem+JSON ;a=b", #""90s""#),
        ])
    func mediaTypes(_ type: String, _ life: String) async throws {
        let user = try await NamedTokenUser.make()
        let answer = try await user.call(
            "POST", body: #"{"jwt_token_life":\#(life),"jwt_token_description":"d","other":[1]}"#,
            fields: ["Content-Type: \(type)"])
        #expect(answer.status == 201)
        #expect(try answer.object()["jwt_token_life"] as? Int == 90)
    }

    @Test("need no Content-Type")
    func noMediaType() async throws {
        let user = try await NamedTokenUser.make()
        let answer = try await user.call(
            "POST", body: #"{"jwt_token_life":"1m","jwt_token_description":"d"}"#, fields: [])
        #expect(answer.status == 201)
    }

    @Test("have nothing left once they have expired, and stay until they are deleted")
    func expired() async throws {
        let user = try await NamedTokenUser.make()
        let (id, token) = try await user.token("short", life: #""1s""#)
        // The clock is the machine's; what is waited for is the answer.
        var shown = try await user.call("GET", "\(NamedTokenUser.list)/\(id)")
        while shown.text.contains(#""Valid""#) {
            shown = try await user.call("GET", "\(NamedTokenUser.list)/\(id)")
        }
        #expect(
            shown.text == #"{"message":"Tokens exists","jwt_token_description":"short","#
                + #""jwt_token_life":1,"jwt_token_life_remaining":0,"expiry_status":"Expired"}"#)
        #expect(try await user.check(token).status == 401)
        #expect(
            try await user.call("GET").text
                == #"{"message":"Tokens exists","jwt_tokens":{"\#(id)":"#
                + #"{"jwt_token_description":"short","jwt_token_life":1,"#
                + #""jwt_token_remaining_life":0}}}"#)
        // Its description is still taken.
        #expect(try await user.post("short").text == NamedTokenMessage.taken)
        #expect(try await user.call("DELETE", "\(NamedTokenUser.list)/\(id)").status == 200)
        #expect(try await user.post("short").status == 201)
    }

    @Test("belong to their user: nobody else sees or deletes them, or is kept from a description")
    func owners() async throws {
        let ann = try await NamedTokenUser.make()
        let bob = try await NamedTokenUser.make()
        let (id, token) = try await ann.token("same")
        let path = "\(NamedTokenUser.list)/\(id)"
        for method in ["GET", "DELETE"] {
            let answer = try await bob.call(method, path)
            #expect(answer.status == 404)
            #expect(answer.text == NamedTokenMessage.unknown)
        }
        #expect(try await bob.call("GET").text == NamedTokenMessage.none)
        #expect(try await bob.post("same").status == 201)
        #expect(try await ann.call("GET", path).status == 200)
        #expect(
            try await ann.call(
                "GET",
                path.uppercased().replacing(
                    NamedTokenUser.list.uppercased(), with: NamedTokenUser.list)
            ).status == 200)
        #expect(try await ann.check(token).status == 200)
    }

    @Test("answer HEAD as GET, without the body")
    func head() async throws {
        let user = try await NamedTokenUser.make()
        let (id, _) = try await user.token()
        for path in [NamedTokenUser.list, "\(NamedTokenUser.list)/\(id)"] {
            let answer = try await user.call("HEAD", path)
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            #expect((Int(answer.field("content-length").first ?? "") ?? 0) > 60)
        }
    }
}
