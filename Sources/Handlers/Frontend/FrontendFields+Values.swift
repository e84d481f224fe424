internal import SignetAuthority

/// The values that several routes have.
extension FrontendFields {
    /// Bytes of an address to return to.
    private static let urlBytesMax = 2048

    /// An e-mail address; nil when there is none.
    mutating func email(_ name: StaticString, isRequired: Bool = false) -> EmailAddress? {
        guard let text = text(name) else {
            if isRequired { refuse(name, "This is required.") }
            return nil
        }
        if let email = EmailAddress(text) { return email }
        refuse(name, "This must be an e-mail address of 5 to 255 characters.")
        return nil
    }

    /// A password that a user may have; nil when there is none.
    mutating func password(_ name: StaticString, isRequired: Bool = false) -> Password? {
        guard let text = text(name) else {
            if isRequired { refuse(name, "This is required.") }
            return nil
        }
        let password = Password(text)
        if password.isAcceptable { return password }
        refuse(name, "This must have 6 to 72 characters.")
        return nil
    }

    /// What a user is called; empty when there is nothing.
    mutating func userName(_ name: StaticString) -> UserName? {
        if let userName = UserName(text(name) ?? []) { return userName }
        refuse(name, "This must have at most 255 bytes and no controls.")
        return nil
    }

    /// An address that a browser can return to, of http or https; nil when there is none.
    mutating func returnURL(_ name: StaticString) -> [UInt8]? {
        guard let text = text(name) else { return nil }
        let schemes: [StaticString] = ["http://", "https://"]
        let hasHost = text.withUnsafeBytes { bytes in
            schemes.contains { scheme in
                let count = scheme.utf8CodeUnitCount
                guard bytes.count > count, !"/?#:".utf8.contains(bytes[count]) else {
                    return false
                }
                return UnsafeRawBufferPointer(rebasing: bytes[..<count])
                    .isEqualIgnoringCase(to: scheme)
            }
        }
        if hasHost, text.count <= Self.urlBytesMax,
            text.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        {
            return text
        }
        refuse(name, "This must be a URL of http or https with at most 2048 characters.")
        return nil
    }
}
