internal import SignetRuntime

extension Exchange {
    /// Whether the body is said to be JSON, `application/json` or a type that ends in `+json` (RFC 6839
    /// section 3.1), or nothing is said of it. Parameters such as `charset` mean nothing: JSON has
    /// none (RFC 8259 section 11).
    var mayBeJSON: Bool {
        withMediaType { mediaType in
            guard let type = mediaType?.name else { return true }
            if type.isEqualIgnoringCase(to: "application/json") { return true }
            let suffix: StaticString = "+json"
            guard type.count > suffix.utf8CodeUnitCount,
                type.index(of: UInt8(ascii: "/"), from: 0) < type.count - suffix.utf8CodeUnitCount
            else { return false }
            return UnsafeRawBufferPointer(rebasing: type.suffix(suffix.utf8CodeUnitCount))
                .isEqualIgnoringCase(to: suffix)
        }
    }
}
