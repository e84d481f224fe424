/// The form fields of the sign-in dialect that have a meaning, decoded; all others are ignored.
struct SignInForm {
    enum Field: Int, CaseIterable {
        case login, password, application, userID, expiry, cookieAuth, token

        fileprivate var name: StaticString {
            switch self {
            case .login: "login"
            case .password: "password"
            case .application: "application"
            case .userID: "userid"
            case .expiry: "exp"
            case .cookieAuth: "cookieauth"
            case .token: "token"
            }
        }

        /// The field with this name.
        fileprivate init?(_ name: UnsafeRawBufferPointer) {
            guard let field = Self.allCases.first(where: { name.isEqual(to: $0.name) }) else {
                return nil
            }
            self = field
        }
    }

    /// Bytes of one value; the longest is a token.
    static let valueBytesMax = 16_384
    /// Fields of one form, of whatever name.
    static let fieldsMax = MultipartReader.partsMax

    private var values: [[UInt8]?] = Field.allCases.map { _ in nil }
    /// Whose content a part has; nil for a part without a meaning, and between two.
    private var current: Field?

    /// A form without fields.
    init() {}

    /// Reads `application/x-www-form-urlencoded`.
    init(urlEncoded bytes: UnsafeRawBufferPointer) throws(FormRefusal) {
        var count = 0
        var text: [UInt8] = []
        // The key of an app has plus signs and no spaces, and people type it as it is.
        let isOfApp = FormPairs(bytes).contains { $0.name.isEqual(to: Field.application.name) }
        for (encodedName, encodedValue) in FormPairs(bytes) {
            count += 1
            guard count <= Self.fieldsMax else { throw .tooManyFields }
            text.removeAll(keepingCapacity: true)
            let name = try text.append(formText: encodedName)
            let field = text.withUnsafeBytes { Field(UnsafeRawBufferPointer(rebasing: $0[name])) }
            let isAppKey = isOfApp && field == .password
            let value = try text.append(
                formText: encodedValue, plus: UInt8(ascii: isAppKey ? "+" : " "))
            // Ignored, but the body must be a form.
            guard let field else { continue }
            try begin(field)
            try append(text[value], to: field)
        }
    }

    /// Reads `multipart/form-data`.
    init(
        multipart bytes: UnsafeRawBufferPointer, boundary: [UInt8]
    ) throws(FormRefusal) {
        guard var reader = MultipartReader(boundary: boundary) else {
            throw .malformed("The boundary of the form is malformed.")
        }
        try reader.read(bytes, into: &self)
        try reader.finish()
    }

    /// The value of a field; nil when there is none, or an empty one.
    subscript(_ field: Field) -> [UInt8]? {
        guard let value = values[field.rawValue], !value.isEmpty else { return nil }
        return value
    }

    private mutating func begin(_ field: Field) throws(FormRefusal) {
        guard values[field.rawValue] == nil else { throw .repeatedField }
        values[field.rawValue] = []
    }

    private mutating func append(
        _ bytes: some Collection<UInt8>, to field: Field
    ) throws(FormRefusal) {
        let count = values[field.rawValue]?.count ?? 0
        guard count + bytes.count <= Self.valueBytesMax else { throw .valueTooLong }
        values[field.rawValue]?.append(contentsOf: bytes)
    }
}

extension SignInForm: MultipartSink {
    /// The content of a file is the field's value like any other: some clients send all fields so.
    mutating func beginPart(_ name: [UInt8], isFile: Bool) throws(FormRefusal) {
        current = name.withUnsafeBytes { Field($0) }
        if let current { try begin(current) }
    }

    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(FormRefusal) {
        if let current { try append(bytes, to: current) }
    }

    mutating func endPart() { current = nil }
}
