internal import SignetAuthority
internal import SignetJSON

/// The fields of a body, JSON or form, or of a query, by name. Whoever reads them is told at the end of
/// all that was wrong, and not of the first only. Fields without a meaning are ignored.
struct FrontendFields {
    /// Bytes of one value of a form.
    static let valueBytesMax = 16_384
    /// Fields of one form or object, of whatever name.
    static let fieldsMax = MultipartReader.partsMax
    /// The fields that have any number of values.
    private static let lists = ["permissions", "restrictions"].map { Array($0.utf8) }

    private enum Value {
        case null
        case text([UInt8])
        case flag(Bool)
        /// Nil for a number that is no integer.
        case integer(Int64?)
        /// Strings; nil for an array of anything else.
        case texts([[UInt8]]?)
        /// An object, as it was sent.
        case object([UInt8])
        /// Of a form, where everything is text.
        case entries([[UInt8]])
    }

    private let place: FieldFault.Place
    private var values: [[UInt8]: Value] = [:]
    private var faults: [FieldFault] = []
    /// Which part of a form is read; nil between two.
    private var current: (name: [UInt8], value: [UInt8])?
    private var entryCount = 0

    /// Fields without any.
    init(_ place: FieldFault.Place) {
        self.place = place
    }

    /// Reads a body in JSON.
    init(json bytes: UnsafeRawBufferPointer, _ scanner: inout JSONScanner) throws(FrontendError) {
        place = .body
        guard let top = try? scanner.scan(bytes), top.kind == .object else {
            throw .invalid([
                FieldFault(.body, "", "This must be a JSON object whose names are unique.")
            ])
        }
        let members = scanner.members
        guard members.count <= Self.fieldsMax else {
            throw FrontendError(.tooManyFields, at: .body)
        }
        for member in members {
            let name = member.name.string(in: bytes)
            values[name] = Self.value(
                member.value, bytes, &scanner, isList: Self.lists.contains(name))
        }
    }

    /// Reads `application/x-www-form-urlencoded`, a body or a query.
    init(
        urlEncoded bytes: UnsafeRawBufferPointer, _ place: FieldFault.Place
    ) throws(FrontendError) {
        self.place = place
        do throws(FormRefusal) {
            var text: [UInt8] = []
            for (encodedName, encodedValue) in FormPairs(bytes) {
                text.removeAll(keepingCapacity: true)
                let name = try text.append(formText: encodedName)
                let value = try text.append(formText: encodedValue)
                try add(Array(text[name]), Array(text[value]))
            }
        } catch {
            throw FrontendError(error, at: place)
        }
    }

    /// Reads `multipart/form-data`.
    init(
        multipart bytes: UnsafeRawBufferPointer, boundary: [UInt8]
    ) throws(FrontendError) {
        place = .body
        do throws(FormRefusal) {
            guard var reader = MultipartReader(boundary: boundary) else {
                throw .malformed("The boundary of the form is malformed.")
            }
            try reader.read(bytes, into: &self)
            try reader.finish()
        } catch {
            throw FrontendError(error, at: .body)
        }
    }

    // MARK: Reading

    /// A text; nil when there is none, or null.
    mutating func text(_ name: StaticString) -> [UInt8]? {
        switch self[name] {
        case nil, .null: return nil
        case .text(let text): return text
        case .entries(let texts) where texts.count == 1: return texts[0]
        default:
            refuse(name, "This must be a string.")
            return nil
        }
    }

    /// A yes or no; `otherwise` when there is none, or null.
    mutating func flag(_ name: StaticString, otherwise: Bool) -> Bool {
        switch self[name] {
        case nil, .null: return otherwise
        case .flag(let flag): return flag
        case .entries(let texts) where texts.count == 1:
            if texts[0].elementsEqual("true".utf8) || texts[0].elementsEqual("1".utf8) {
                return true
            }
            if texts[0].elementsEqual("false".utf8) || texts[0].elementsEqual("0".utf8) {
                return false
            }
            fallthrough
        default:
            refuse(name, "This must be true or false.")
            return otherwise
        }
    }

    /// A whole number of `range`; nil when there is none, or null.
    mutating func integer(_ name: StaticString, _ range: ClosedRange<Int64>) -> Int64? {
        var number: Int64?
        switch self[name] {
        case nil, .null: return nil
        case .integer(let value): number = value
        case .entries(let texts) where texts.count == 1:
            number = Int64(String(decoding: texts[0], as: UTF8.self))
        default: break
        }
        if let number, range.contains(number) { return number }
        refuse(
            name, "This must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        return nil
    }

    /// A list of texts; nil when there is none, or null. In a form each has a field of its own.
    mutating func texts(_ name: StaticString) -> [[UInt8]]? {
        switch self[name] {
        case nil, .null: return nil
        case .texts(let texts?): return texts
        case .entries(let texts): return texts
        default:
            refuse(name, "This must be an array of strings.")
            return nil
        }
    }

    /// An object in JSON, as it was sent; nil when there is none, or null.
    mutating func object(_ name: StaticString) -> [UInt8]? {
        switch self[name] {
        case nil, .null: return nil
        case .object(let bytes): return bytes
        default:
            refuse(name, "This must be an object.")
            return nil
        }
    }

    /// Notes that a field is wrong.
    mutating func refuse(_ name: StaticString, _ text: String) {
        faults.append(FieldFault(place, name, text))
    }

    /// Whether nothing was wrong so far.
    var isSound: Bool { faults.isEmpty }

    /// Throws what was wrong so far, if anything was, together with what was wrong elsewhere.
    func finish(_ others: FrontendFields...) throws(FrontendError) {
        let faults = others.reduce(faults) { $0 + $1.faults }
        guard faults.isEmpty else { throw .invalid(faults) }
    }

    private subscript(_ name: StaticString) -> Value? {
        values[
            Array(
                UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))]
    }

    private static func value(
        _ value: JSONValue, _ bytes: UnsafeRawBufferPointer, _ scanner: inout JSONScanner,
        isList: Bool
    ) -> Value {
        switch value.kind {
        case .null: return .null
        case .string: return .text(value.string(in: bytes))
        case .true: return .flag(true)
        case .false: return .flag(false)
        case .number: return .integer(value.integer(in: bytes))
        case .object: return .object([UInt8](value.raw(in: bytes)))
        case .array:
            guard isList, (try? scanner.scan(value.range, of: bytes)) != nil,
                scanner.elements.allSatisfy(\.isString)
            else { return .texts(nil) }
            return .texts(scanner.elements.map { $0.string(in: bytes) })
        }
    }

    /// Adds a field of a form; `permissions[]` is one of the list `permissions`. An empty value is none,
    /// since a form has no null; alone, it says that the list is empty.
    private mutating func add(_ name: [UInt8], _ value: [UInt8]) throws(FormRefusal) {
        entryCount += 1
        guard entryCount <= Self.fieldsMax else { throw .tooManyFields }
        guard value.count <= Self.valueBytesMax else { throw .valueTooLong }
        let list = Self.lists.first { name.elementsEqual($0 + "[]".utf8) || name == $0 }
        guard !value.isEmpty || list != nil else { return }
        let key = list ?? name
        var texts: [[UInt8]] = []
        if case .entries(let known) = values[key] { texts = known }
        values[key] = .entries(value.isEmpty ? texts : texts + [value])
    }
}

extension FrontendFields: MultipartSink {
    /// The content of a file is the field's value like any other: some clients send all fields so.
    mutating func beginPart(_ name: [UInt8], isFile: Bool) throws(FormRefusal) {
        current = (name, [])
    }

    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(FormRefusal) {
        guard (current?.value.count ?? 0) + bytes.count <= Self.valueBytesMax else {
            throw .valueTooLong
        }
        current?.value.append(contentsOf: bytes)
    }

    mutating func endPart() {
        guard let (name, value) = current else { return }
        current = nil
        // A form in parts has no more of them than fields may be, and no value is longer.
        try? add(name, value)
    }
}
