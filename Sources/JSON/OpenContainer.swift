/// An array or object that a scanner is in, i.e. one that is not closed yet.
///
/// Not nested in `JSONScanner` and private: Swift 6.3.1 then crashes on debug builds of the modules
/// that use a scanner ("Global is external, but doesn't have external or weak linkage").
struct OpenContainer: BitwiseCopyable {
    let kind: JSONValue.Kind
    /// The offset of its bracket or brace.
    let start: Int
    /// Where the object's own names start among those of all open objects.
    let firstName: Int

    var closingByte: UInt8 { kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
}
