/// Reads JSON documents (RFC 8259) without building a tree: it checks all of one, and keeps where
/// its top-level members or elements are.
///
/// Stricter than the RFC asks for where that leaves room: names in an object are unique and strings
/// are Unicode (I-JSON, RFC 7493 sections 2.1 and 2.3), and a byte order mark is refused (section
/// 8.1). A scanner is meant to be reused: it keeps its memory, so that it allocates nothing in the
/// long run; it is not copied, as that memory has one owner. Values and offsets belong to the bytes
/// that were scanned.
package struct JSONScanner: ~Copyable {
    /// What is kept between documents, in entries of each list; an unusual document's memory is
    /// freed.
    private static let keptCount = 1024

    private let depthMax: Int
    /// The containers around the current value, the outermost first.
    private var containers = Stack<OpenContainer>(capacity: 64)
    /// The names so far of every object in `containers`.
    private var names = Stack<JSONValue>(capacity: 64)
    private var nameTable = NameTable()

    /// The members of the last scanned value, in order, when it is an object.
    package private(set) var members: [JSONMember] = []
    /// The elements of the last scanned value, in order, when it is an array.
    package private(set) var elements: [JSONValue] = []

    /// How many taken slots the table of names met since the start, for tests of hostile objects.
    var nameCollisionCount: Int { nameTable.collisionCount }

    /// A scanner that refuses documents of more than `depthMax` arrays and objects in each other.
    package init(depthMax: Int = 64) {
        self.depthMax = depthMax
    }

    /// Checks one whole document and returns its value.
    package mutating func scan(
        _ bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> JSONValue {
        try scan(0..<bytes.count, of: bytes)
    }

    /// Checks the part `range` of `bytes` as a document of its own, such as the range of a value of
    /// an earlier scan, so that its members or elements can be read. Offsets count from the start
    /// of `bytes`, so that they work with the same bytes as those of the first scan.
    package mutating func scan(
        _ range: Range<Int>, of bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> JSONValue {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "out of bounds")
        reset()
        guard let start = bytes.baseAddress, !range.isEmpty else {
            throw JSONError(.empty, at: range.lowerBound)
        }
        guard range.upperBound <= Int(UInt32.max) else {
            throw JSONError(.malformed, at: Int(UInt32.max))
        }
        var cursor = JSONCursor(start, range)
        do throws(JSONError) {
            return try document(&cursor, bytes)
        } catch {
            // Nobody gets to read half a document.
            reset()
            throw error
        }
    }

    private mutating func reset() {
        containers.reset(keeping: Self.keptCount)
        names.reset(keeping: Self.keptCount)
        if !members.isEmpty {
            members.removeAll(keepingCapacity: members.capacity <= Self.keptCount)
        }
        if !elements.isEmpty {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.keptCount)
        }
        nameTable.shrink(toKeep: Self.keptCount)
    }

    private mutating func document(
        _ cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> JSONValue {
        cursor.skipWhitespace()
        guard !cursor.isAtEnd else { throw JSONError(.empty, at: cursor.position) }
        while true {
            guard var value = try beginValue(&cursor) else { continue }
            // The value may be the last of its container, and that the last of its own.
            while let container = containers.last {
                record(value, in: container)
                cursor.skipWhitespace()
                if cursor.skip(UInt8(ascii: ",")) {
                    if container.kind == .object { try name(&cursor) }
                    break
                }
                guard cursor.current == container.closingByte else { throw cursor.malformed }
                value = try close(&cursor, container, bytes)
            }
            guard containers.count == 0 else { continue }

            cursor.skipWhitespace()
            guard cursor.isAtEnd else { throw JSONError(.trailingData, at: cursor.position) }
            return value
        }
    }

    /// Reads a scalar or an empty container; or opens a container, up to its first value, for nil.
    @inline(__always)
    private mutating func beginValue(_ cursor: inout JSONCursor) throws(JSONError) -> JSONValue? {
        switch cursor.current {
        case UInt8(ascii: "\""): return try cursor.string()
        case UInt8(ascii: "{"): return try open(.object, &cursor)
        case UInt8(ascii: "["): return try open(.array, &cursor)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try cursor.number()
        case UInt8(ascii: "t"): return try cursor.word(.true)
        case UInt8(ascii: "f"): return try cursor.word(.false)
        case UInt8(ascii: "n"): return try cursor.word(.null)
        default: throw cursor.malformed
        }
    }

    @inline(__always)
    private mutating func open(
        _ kind: JSONValue.Kind, _ cursor: inout JSONCursor
    ) throws(JSONError) -> JSONValue? {
        guard containers.count < depthMax else { throw JSONError(.tooDeep, at: cursor.position) }
        let container = OpenContainer(kind: kind, start: cursor.position, firstName: names.count)
        cursor.advance()
        cursor.skipWhitespace()
        if cursor.current == container.closingByte {
            cursor.advance()
            return JSONValue(kind, container.start..<cursor.position)
        }
        containers.push(container)
        if kind == .object { try name(&cursor) }
        return nil
    }

    /// Reads a name and the colon after it.
    @inline(__always)
    private mutating func name(_ cursor: inout JSONCursor) throws(JSONError) {
        guard cursor.current == UInt8(ascii: "\"") else { throw cursor.malformed }
        names.push(try cursor.string())
        cursor.skipWhitespace()
        guard cursor.skip(UInt8(ascii: ":")) else { throw cursor.malformed }
    }

    @inline(__always)
    private mutating func record(_ value: JSONValue, in container: OpenContainer) {
        guard containers.count == 1 else { return }
        if container.kind == .array {
            elements.append(value)
        } else if let name = names.last {
            members.append(JSONMember(name: name, value: value))
        }
    }

    @inline(__always)
    private mutating func close(
        _ cursor: inout JSONCursor, _ container: OpenContainer, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> JSONValue {
        if container.kind == .object {
            let own = names.suffix(from: container.firstName)
            if let repeated = nameTable.firstRepeated(own, in: bytes) {
                throw JSONError(.duplicateName, at: repeated.range.lowerBound)
            }
            names.truncate(to: container.firstName)
        }
        containers.truncate(to: containers.count - 1)
        cursor.advance()
        return JSONValue(container.kind, container.start..<cursor.position)
    }
}
