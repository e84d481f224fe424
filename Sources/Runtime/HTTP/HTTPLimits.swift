/// How much of a request is read before it is refused.
package struct HTTPLimits: Sendable, Equatable {
    /// Bytes of the request line and the field lines together, with the empty line that ends them.
    /// The trailers of a chunked body may have as many again.
    package var headBytesMax: Int
    /// Bytes of the body, after chunks are joined.
    package var bodyBytesMax: Int
    /// Number of field lines; trailers are counted apart.
    package var headerFieldsMax: Int

    package init(
        headBytesMax: Int = 16384, bodyBytesMax: Int = 1 << 20, headerFieldsMax: Int = 100
    ) {
        precondition(headBytesMax > 0 && headerFieldsMax > 0)
        // The upper bound lets lengths be summed up digit by digit without overflow checks.
        precondition((0...1 << 48).contains(bodyBytesMax))
        self.headBytesMax = headBytesMax
        self.bodyBytesMax = bodyBytesMax
        self.headerFieldsMax = headerFieldsMax
    }
}
