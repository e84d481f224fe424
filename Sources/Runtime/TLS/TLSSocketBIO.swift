internal import COpenSSL

/// The `BIO` between OpenSSL and a `TLSSocket`: it reads what the socket was just given, and writes to the loop's
/// buffer. Nothing is kept in it.
enum TLSSocketBIO {
    /// A new one for `socket`, which it does not keep alive; nil without memory.
    static func make(for socket: TLSSocket) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(socket).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// Made once. Safe to share: OpenSSL only reads it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = BIO_meth_new(kind, "signet socket") else { return nil }
        BIO_meth_set_write_ex(method) { bio, bytes, count, written in
            guard let socket = socket(of: bio), let bytes else { return 0 }
            socket.wrote(UnsafeRawBufferPointer(start: bytes, count: count))
            written?.pointee = count
            return 1
        }
        BIO_meth_set_read_ex(method) { bio, bytes, count, read in
            guard let socket = socket(of: bio), let bytes else { return 0 }
            BIO_clear_flags(bio, signetBIOFlags)
            let taken = socket.take(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
            read?.pointee = taken
            guard taken == 0 else { return 1 }
            BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            return 0
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            // All that was written is in the loop's buffer already.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()

    private static func socket(of bio: OpaquePointer?) -> TLSSocket? {
        guard let context = BIO_get_data(bio) else { return nil }
        return Unmanaged<TLSSocket>.fromOpaque(context).takeUnretainedValue()
    }
}
