internal import CLibUV

/// The event library itself.
package enum LibUV {
    /// Its version, as in `1.44.2`.
    package static var version: String { String(cString: uv_version_string()) }
}
