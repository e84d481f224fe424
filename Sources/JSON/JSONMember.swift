/// One member of an object: its name and its value, as slices of the scanned bytes.
package struct JSONMember: Sendable, Equatable, BitwiseCopyable {
    /// The name, always a string.
    package let name: JSONValue
    /// The value.
    package let value: JSONValue

    /// The whole member as the caller wrote it, from the name's opening quote to the value's end.
    package var range: Range<Int> { name.range.lowerBound..<value.range.upperBound }
}
