/// The hash by which a subject's sessions are indexed: FNV-1a, 64 bits. It is stored, so it never
/// changes; whoever looks up by it compares the subject itself, as different ones may share a hash.
enum SubjectHash {
    private static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3

    static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash = offsetBasis
        for byte in text { hash = (hash ^ UInt64(byte)) &* prime }
        return hash
    }
}
