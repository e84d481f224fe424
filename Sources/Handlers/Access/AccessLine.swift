internal import SignetJSON

/// One request and its answer, as a line of the access log has them: neither a path nor a query, which may hold ids,
/// names and credentials.
struct AccessLine {
    let route: String
    let method: StaticString
    let status: Int
    /// Of the answer's body.
    let bytes: Int
    /// From the beginning of the round that brought the request until its answer was ready.
    let nanoseconds: Int64
    /// The client's address in text.
    let address: [UInt8]
    /// Both of characters that need no quotes.
    let trace: [UInt8]
    let requestID: [UInt8]

    /// Appends the line for people: as the other logs have theirs, the values by their names.
    func append(text lines: inout [UInt8], date: AuditDate) {
        date.append(to: &lines)
        lines.append(literal: " info request address=")
        lines.append(contentsOf: address)
        lines.append(literal: " bytes=")
        lines.append(decimal: Int64(bytes))
        lines.append(literal: " duration=")
        lines.append(seconds: nanoseconds)
        lines.append(literal: " method=")
        lines.append(literal: method)
        lines.append(literal: " request_id=")
        lines.append(contentsOf: requestID)
        lines.append(literal: " route=")
        lines.append(contentsOf: route.utf8)
        lines.append(literal: " status=")
        lines.append(decimal: Int64(status))
        lines.append(literal: " trace=")
        lines.append(contentsOf: trace)
        lines.append(0x0A)
    }

    /// Appends the line for programs.
    func append(json lines: inout [UInt8], date: AuditDate) {
        lines.append(literal: #"{"time":""#)
        date.append(to: &lines)
        lines.append(
            literal:
                #"","level":"info","logger":"signet.access","message":"request","metadata":{"address":""#
        )
        lines.append(contentsOf: address)
        lines.append(literal: #"","bytes":"#)
        lines.append(decimal: Int64(bytes))
        lines.append(literal: #","duration":"#)
        lines.append(seconds: nanoseconds)
        lines.append(literal: #","method":""#)
        lines.append(literal: method)
        lines.append(literal: #"","request_id":""#)
        lines.append(contentsOf: requestID)
        lines.append(literal: #"","route":""#)
        lines.append(contentsOf: route.utf8)
        lines.append(literal: #"","status":"#)
        lines.append(decimal: Int64(status))
        lines.append(literal: #","trace":""#)
        lines.append(contentsOf: trace)
        lines.append(literal: "\"}}\n")
    }
}

extension [UInt8] {
    /// Appends a length of time in seconds, to the microsecond, such as `0.000412`.
    fileprivate mutating func append(seconds nanoseconds: Int64) {
        let microseconds = Swift.max(0, nanoseconds) / 1000
        append(decimal: microseconds / 1_000_000)
        append(UInt8(ascii: "."))
        var place: Int64 = 100_000
        while place > 0 {
            append(UInt8(ascii: "0") + UInt8(microseconds / place % 10))
            place /= 10
        }
    }
}
