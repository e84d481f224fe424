/// The segments of a request's path. One trailing slash is served like none. Valid while its bytes are.
struct Path {
    /// Routes have at most this many segments; a longer path matches none.
    static let segmentsMax = 6

    private let bytes: UnsafeRawBufferPointer
    private var segments = InlineArray<6, Range<Int>>(repeating: 0..<0)
    /// How many segments there are, or `segmentsMax + 1` when there are more than a route can have.
    private(set) var count = 0

    /// - Parameters:
    ///   - bytes: the request's.
    ///   - path: where the decoded path stands in them.
    init(_ bytes: UnsafeRawBufferPointer, _ path: Range<Int>) {
        self.bytes = bytes
        var end = path.upperBound
        var start = path.lowerBound
        guard start < end, bytes[start] == UInt8(ascii: "/") else { return }
        start += 1
        if end > start, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
        guard start < end else { return }
        for position in start...end where position == end || bytes[position] == UInt8(ascii: "/") {
            guard count < Self.segmentsMax else {
                count = Self.segmentsMax + 1
                return
            }
            segments[count] = start..<position
            count += 1
            start = position + 1
        }
    }

    /// Where a segment stands in the request's bytes.
    subscript(_ index: Int) -> Range<Int> {
        precondition(index < count, "no such segment")
        return segments[index]
    }

    /// Whether there is a segment at `index` that is exactly `text`.
    func has(_ text: StaticString, at index: Int) -> Bool {
        guard index < min(count, Self.segmentsMax) else { return false }
        return UnsafeRawBufferPointer(rebasing: bytes[segments[index]]).isEqual(to: text)
    }
}
