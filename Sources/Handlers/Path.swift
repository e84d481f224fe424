internal import SignetRuntime

/// The segments of a request's path. One trailing slash is served like none.
struct Path {
    /// Routes have at most this many segments; a longer path matches none.
    static let segmentsMax = 6

    private var segments = InlineArray<6, Range<Int>>(repeating: 0..<0)
    /// How many segments there are, or `segmentsMax + 1` when there are more than a route can have.
    private(set) var count = 0

    /// - Parameter request: must outlive the use of the ranges.
    init(_ request: borrowing Request) {
        let bytes = request.bytes.span
        var end = request.path.upperBound
        var start = request.path.lowerBound
        guard start < end, bytes[start] == UInt8(ascii: "/") else { return }
        start += 1
        if end > start, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
        guard start < end else { return }
        var position = start
        while position <= end {
            if position == end || bytes[position] == UInt8(ascii: "/") {
                guard count < Self.segmentsMax else {
                    count = Self.segmentsMax + 1
                    return
                }
                segments[count] = start..<position
                count += 1
                start = position + 1
            }
            position += 1
        }
    }

    /// Where a segment stands in the request's bytes.
    subscript(_ index: Int) -> Range<Int> {
        precondition(index < count, "no such segment")
        return segments[index]
    }

    /// Whether a segment is exactly `text`.
    func segment(_ index: Int, of request: borrowing Request, is text: StaticString) -> Bool {
        guard index < count, segments[index].count == text.utf8CodeUnitCount else { return false }
        let bytes = request.bytes.span
        let start = segments[index].lowerBound
        for offset in 0..<text.utf8CodeUnitCount where bytes[start + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }
}
