@testable import SignetJSON

/// JSON: what is taken, written again and read again, is the same; and no document is deeper or has a name
/// more often than it may.
enum JSONProperties {
    /// A document as values; numbers as they were written.
    indirect enum Tree: Equatable {
        case object([Member])
        case array([Tree])
        case string([UInt8])
        case literal([UInt8])
    }

    struct Member: Equatable {
        let name: [UInt8]
        let value: Tree
    }

    private static let depthMax = 32

    static func check(_ input: UnsafeRawBufferPointer) throws {
        guard let tree = try read(input) else { return }
        try require(depth(of: tree) <= depthMax, "deeper than it may be")
        var text: [UInt8] = []
        write(tree, to: &text)
        let again = try text.withUnsafeBytes { bytes in try read(bytes) }
        try require(
            again == tree,
            "\(String(decoding: input, as: UTF8.self)) and \(String(decoding: text, as: UTF8.self))"
        )
        // White space around it means nothing.
        let padded = [0x20] + Array(input) + [0x0A]
        let spaced = try padded.withUnsafeBytes { bytes in try read(bytes) }
        try require(spaced == tree, "white space made a difference")
    }

    /// The document; nil when it is refused.
    private static func read(_ bytes: UnsafeRawBufferPointer) throws -> Tree? {
        var scanner = JSONScanner(depthMax: depthMax)
        guard let value = try? scanner.scan(bytes) else {
            try require(scanner.members.isEmpty && scanner.elements.isEmpty, "half a document")
            return nil
        }
        return try tree(value, scanner.members, scanner.elements, bytes)
    }

    private static func tree(
        _ value: JSONValue, _ members: [JSONMember], _ elements: [JSONValue],
        _ bytes: UnsafeRawBufferPointer
    ) throws -> Tree {
        switch value.kind {
        case .object:
            var list: [Member] = []
            for member in members {
                let name = member.name.string(in: bytes)
                try require(!list.contains { $0.name == name }, "a name is there twice")
                list.append(Member(name: name, value: try inner(member.value, bytes)))
            }
            return .object(list)
        case .array:
            var list: [Tree] = []
            for element in elements { list.append(try inner(element, bytes)) }
            return .array(list)
        case .string:
            let content = value.string(in: bytes)
            try require(String(validating: content, as: UTF8.self) != nil, "a string is not UTF-8")
            return .string(content)
        case .number, .true, .false, .null:
            let text = Array(value.raw(in: bytes))
            if value.kind == .number {
                // "-0" is an integer to both; a fraction or an exponent is one to neither.
                let integer = Int64(String(decoding: text, as: UTF8.self))
                try require(value.integer(in: bytes) == integer, "another number")
            }
            return .literal(text)
        }
    }

    /// A value inside another, scanned for itself.
    private static func inner(
        _ value: JSONValue, _ bytes: UnsafeRawBufferPointer
    ) throws -> Tree {
        var scanner = JSONScanner(depthMax: depthMax)
        guard let same = try? scanner.scan(value.range, of: bytes), same == value else {
            throw Violation("a value is none by itself")
        }
        return try tree(value, scanner.members, scanner.elements, bytes)
    }

    private static func depth(of tree: Tree) -> Int {
        switch tree {
        case .object(let members): 1 + (members.map { depth(of: $0.value) }.max() ?? 0)
        case .array(let elements): 1 + (elements.map { depth(of: $0) }.max() ?? 0)
        case .string, .literal: 0
        }
    }

    private static func write(_ tree: Tree, to text: inout [UInt8]) {
        switch tree {
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                text.append(jsonString: member.name)
                text.append(UInt8(ascii: ":"))
                write(member.value, to: &text)
            }
            text.append(UInt8(ascii: "}"))
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                write(element, to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .string(let content): text.append(jsonString: content)
        case .literal(let literal): text.append(contentsOf: literal)
        }
    }
}
