internal import SignetRuntime

extension Exchange {
    /// Where the credentials of the `Authorization` field are, when it has this scheme, which is given
    /// in small letters; nil otherwise (RFC 9110 section 11.4).
    func credentials(of scheme: StaticString) -> Range<Int>? {
        guard let value = request.authorization, value.count > scheme.utf8CodeUnitCount else {
            return nil
        }
        let end = value.lowerBound + scheme.utf8CodeUnitCount
        let start = request.bytes.withUnsafeBytes { bytes -> Int? in
            let name = UnsafeRawBufferPointer(rebasing: bytes[value.lowerBound..<end])
            guard name.isEqualIgnoringCase(to: scheme) else { return nil }
            let start = bytes[end..<value.upperBound].firstIndex { $0 != UInt8(ascii: " ") }
            return start == end ? nil : start
        }
        return start.map { $0..<value.upperBound }
    }

    /// Where the value of the cookie `name` is; nil when there is none, or more than one: another
    /// page of the site may have planted the second (RFC 6265 section 8.6).
    func cookie(_ name: StaticString) -> Range<Int>? {
        request.bytes.withUnsafeBytes { bytes in
            var found: Range<Int>?
            for field in request.fields {
                let fieldName = UnsafeRawBufferPointer(rebasing: bytes[field.name])
                guard fieldName.isEqual(to: "cookie") else { continue }
                for pair in bytes[field.value].split(separator: UInt8(ascii: ";")) {
                    let pair = pair.drop { $0 == UInt8(ascii: " ") }
                    guard let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                        UnsafeRawBufferPointer(rebasing: pair[..<equals]).isEqual(to: name)
                    else { continue }
                    guard found == nil else { return nil }
                    found = equals + 1..<pair.endIndex
                }
            }
            return found
        }
    }
}
