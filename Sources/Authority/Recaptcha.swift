internal import SignetCrypto

/// Asks a recaptcha-style verifier whether somebody is a human.
package struct Recaptcha: Sendable {
    /// Bytes of a response that are passed on.
    private static let responseBytesMax = 8192

    private let url: String
    private let secret: String
    private let web: any Web
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: is told why the verifier could not be asked, for the log.
    package init(
        url: String, secret: String, web: any Web, tell: @escaping @Sendable (String) -> Void
    ) {
        self.url = url
        self.secret = secret
        self.web = web
        self.tell = tell
    }

    /// Whether the verifier takes a response for a human's. Throws `unreachable`.
    ///
    /// - Parameter address: whom it came from, without the port.
    package func isHuman(
        _ response: [UInt8], from address: String
    ) async throws(AuthorityError) -> Bool {
        guard (1...Self.responseBytesMax).contains(response.count) else { return false }
        var form: [UInt8] = []
        form.append(formField: "secret", Array(secret.utf8))
        form.append(formField: "response", response)
        form.append(formField: "remoteip", Array(address.utf8))
        do throws(PeerFailure) {
            let page = try await web.post(url, form: form)
            guard page.status == 200, let answer = ForeignObject(page.body) else {
                throw PeerFailure("it answers with \(page.status), and no JSON object")
            }
            return answer.isTrue("success")
        } catch {
            tell("the recaptcha verifier can't be asked: \(error)")
            throw .unreachable
        }
    }
}

extension [UInt8] {
    /// Appends a field of a form (`application/x-www-form-urlencoded`).
    fileprivate mutating func append(formField name: String, _ value: [UInt8]) {
        if !isEmpty { append(UInt8(ascii: "&")) }
        append(contentsOf: name.utf8)
        append(UInt8(ascii: "="))
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in value {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                append(byte)
            default:
                append(UInt8(ascii: "%"))
                append(digits[Int(byte >> 4)])
                append(digits[Int(byte & 15)])
            }
        }
    }
}
