/// A login and a password that a request shows by HTTP Basic; neither is empty.
package struct BasicPair: Sendable {
    package let login: [UInt8]
    let password: Password

    /// Reads what follows the word `Basic` in an `Authorization` field; nil when it shows no such pair.
    package init?(_ token: UnsafeRawBufferPointer) {
        var text: [UInt8] = []
        guard let (userID, password) = BasicCredentials.read(token, into: &text), !userID.isEmpty,
            !password.isEmpty
        else { return nil }
        login = Array(text[userID])
        self.password = text.withUnsafeBytes {
            Password(UnsafeRawBufferPointer(rebasing: $0[password]))
        }
    }
}
