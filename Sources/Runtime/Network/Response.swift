/// An answer before it is written: a handler fills it in, the connection adds what frames it.
package struct Response {
    /// More than this is given back after an answer, so that one large answer does not stay in memory.
    private static let keptBytesMax = 64 * 1024

    package var status = HTTPStatus.ok
    package var contentType: StaticString = "application/json"
    /// Whether `Cache-Control: no-store` is sent, as with every token and secret.
    package var isUncacheable = false
    package var fields: [ResponseField] = []
    package var body: [UInt8] = []

    /// Appends the whole answer to `output`.
    func append(
        to output: inout [UInt8], date: HTTPDate, for method: HTTPMethod,
        connection: ResponseHead.Connection, isStrictlySecure: Bool
    ) {
        var head = ResponseHead(
            status, contentType: contentType, connection: connection,
            isUncacheable: isUncacheable, extraFields: fields)
        head.isStrictlySecure = isStrictlySecure
        head.append(to: &output, date: date, body: body, for: method)
    }

    mutating func reset() {
        status = .ok
        contentType = "application/json"
        isUncacheable = false
        if !fields.isEmpty { fields = [] }
        body.removeAll(keepingCapacity: body.capacity <= Self.keptBytesMax)
    }
}
