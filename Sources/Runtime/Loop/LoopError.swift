internal import CLibUV

/// A libuv or system call that did not succeed.
package struct LoopError: Error, Equatable, CustomStringConvertible {
    /// The function that failed.
    package let call: String
    /// The negative `UV_E*` status; on Unix that is the negative errno.
    package let status: Int32

    package var description: String { "\(call): \(String(cString: uv_strerror(status)))" }

    /// Whether another process (or socket) holds the address already.
    package var isAddressInUse: Bool { status == UV_EADDRINUSE.rawValue }

    /// Whether the process may not have the address, or the machine has none of its family: not now, nor later.
    package var isAddressRefused: Bool {
        status == UV_EACCES.rawValue || status == UV_EAFNOSUPPORT.rawValue
    }
}

/// Turns a libuv status into a thrown error. Every libuv call of this module that can fail goes
/// through here, or looks at the status on the spot.
func check(_ status: Int32, _ call: StaticString) throws(LoopError) {
    guard status >= 0 else { throw LoopError(call: "\(call)", status: status) }
}
