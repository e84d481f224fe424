extension UnsafeRawBufferPointer {
    /// Whether both buffers hold the same bytes. Not for secrets: it stops at the first difference.
    package func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        var offset = 0
        // Both loads end at or before `count`, the length of both buffers.
        while offset &+ 8 <= count {
            let differ =
                left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                ^ right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard differ == 0 else { return false }
            offset &+= 8
        }
        while offset < count {
            let byte = left.load(fromByteOffset: offset, as: UInt8.self)
            guard byte == right.load(fromByteOffset: offset, as: UInt8.self) else { return false }
            offset &+= 1
        }
        return true
    }
}
