import SignetRuntime

extension RequestParser {
    /// Parses an array, with the error's type kept.
    mutating func parse(
        _ bytes: [UInt8], from offset: inout Int, into request: inout Request
    ) throws(HTTPRefusal) -> Outcome {
        try bytes.withUnsafeBufferPointer { (buffer) throws(HTTPRefusal) in
            try parse(UnsafeRawBufferPointer(buffer), from: &offset, into: &request)
        }
    }
}
