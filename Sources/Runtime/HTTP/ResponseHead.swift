internal import Glibc

/// The head of an answer: the status line and the fields (RFC 9112 sections 4 and 5).
package struct ResponseHead: Sendable {
    /// What the Connection field says (RFC 9112 section 9.3).
    package enum Connection: Sendable, Equatable {
        /// Nothing: in HTTP/1.1 a connection stays open.
        case persistent
        /// "close".
        case close
        /// "keep-alive", for HTTP/1.0 clients.
        case keepAlive
    }

    package var status: HTTPStatus
    /// The value of Content-Type, or nil for none. A literal without controls.
    package var contentType: StaticString?
    /// The value of Content-Length, in bytes. Left out for 204 and 304, which have no body.
    package var contentLength: Int
    package var connection: Connection
    /// Whether to add "Cache-Control: no-store", as every answer with a token must (RFC 6749
    /// section 5.1).
    package var isUncacheable: Bool
    /// Whether to add "Strict-Transport-Security" with the two years that Mozilla asks for (RFC 6797).
    package var isStrictlySecure = false
    package var extraFields: [ResponseField]

    package init(
        _ status: HTTPStatus, contentType: StaticString? = nil, contentLength: Int = 0,
        connection: Connection = .persistent, isUncacheable: Bool = false,
        extraFields: [ResponseField] = []
    ) {
        precondition(contentLength >= 0)
        self.status = status
        self.contentType = contentType
        self.contentLength = contentLength
        self.connection = connection
        self.isUncacheable = isUncacheable
        self.extraFields = extraFields
    }

    /// Appends the head, with its empty line, to `output`.
    package func append(to output: inout [UInt8], date: HTTPDate) {
        append(to: &output, date: date, contentLength: contentLength)
    }

    private func append(to output: inout [UInt8], date: HTTPDate, contentLength: Int) {
        // A closure that took them from `self` would retain and release all of it.
        let (status, contentType, connection) = (status, contentType, connection)
        let (isUncacheable, extraFields) = (isUncacheable, extraFields)
        let isStrictlySecure = isStrictlySecure
        output.append(addingCapacity: countMax) { output in
            output.append(status.line)
            output.append("Date: ")
            output.append(date)
            if let contentType {
                output.append("\r\nContent-Type: ")
                output.append(contentType)
                // No browser is to guess another.
                output.append("\r\nX-Content-Type-Options: nosniff")
            }
            // RFC 9110 section 8.6: never with 204, and with 304 only what a 200 would have said.
            if status != .noContent && status != .notModified {
                output.append("\r\nContent-Length: ")
                output.append(decimal: contentLength)
            }
            if isUncacheable { output.append("\r\nCache-Control: no-store") }
            if isStrictlySecure {
                output.append("\r\nStrict-Transport-Security: max-age=63072000")
            }
            switch connection {
            case .persistent: break
            case .close: output.append("\r\nConnection: close")
            case .keepAlive: output.append("\r\nConnection: keep-alive")
            }
            for index in extraFields.indices { output.append(extraFields[index]) }
            output.append("\r\n\r\n")
        }
    }

    /// Appends a whole answer to `output`. `body` is left out when `method` is HEAD, for which the
    /// head still says its length (RFC 9110 section 9.3.2), and for a status that has no body.
    package func append(
        to output: inout [UInt8], date: HTTPDate, body: [UInt8], for method: HTTPMethod
    ) {
        append(to: &output, date: date, contentLength: body.count)
        guard method != .head, status != .noContent, status != .notModified else { return }
        output.append(contentsOf: body)
    }

    /// The most that the head can take, in bytes: 240 are more than the longest status line, Date,
    /// Content-Length, Cache-Control, Strict-Transport-Security and Connection with all names and line ends.
    private var countMax: Int {
        var count = 240 + "Content-Type: \r\nX-Content-Type-Options: nosniff\r\n".utf8.count
        count += contentType?.utf8CodeUnitCount ?? 0
        for index in extraFields.indices {
            let field = extraFields[index]
            count += field.name.utf8CodeUnitCount + field.valueCount + 4
        }
        return count
    }
}

extension OutputSpan<UInt8> {
    @inline(__always)
    fileprivate mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func append(_ date: HTTPDate) {
        date.bytes.span.withUnsafeBytes { append($0) }
    }

    fileprivate mutating func append(_ field: ResponseField) {
        append("\r\n")
        append(field.name)
        append(": ")
        switch field.value {
        case .text(let text): append(text)
        case .bytes(let bytes): bytes.withUnsafeBytes { append($0) }
        }
    }

    fileprivate mutating func append(decimal number: Int) {
        var digits = InlineArray<20, UInt8>(repeating: ASCII.zero)
        var start = digits.count
        var rest = UInt64(number)
        repeat {
            start -= 1
            digits[start] = ASCII.zero + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        digits.span.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    @inline(__always)
    fileprivate mutating func append(_ source: UnsafeRawBufferPointer) {
        precondition(source.count <= freeCapacity)
        guard let start = source.baseAddress else { return }
        withUnsafeMutableBufferPointer { buffer, initializedCount in
            // The precondition leaves room for all of `source`, and a span with room has memory.
            guard let target = buffer.baseAddress else { return }
            memcpy(target + initializedCount, start, source.count)
            initializedCount += source.count
        }
    }
}
