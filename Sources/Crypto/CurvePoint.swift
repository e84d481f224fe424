internal import COpenSSL

/// An owned `EC_POINT`, wiped when it is freed: the coordinates that a calculation ends with tell more
/// than the point.
struct CurvePoint: ~Copyable {
    let raw: OpaquePointer

    /// Some point of `group`.
    init(_ group: OpaquePointer) throws(CryptoError) {
        raw = try check(EC_POINT_new(group), .internalFailure)
    }

    deinit { EC_POINT_clear_free(raw) }
}
