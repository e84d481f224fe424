extension UUID4 {
    /// A new UUID that begins with its time (RFC 9562 section 5.7), for rows that are kept in the order in
    /// which they are made: 48 bits of milliseconds, 74 random ones, and another version.
    ///
    /// - Parameter milliseconds: since 1970.
    package init(milliseconds: UInt64, random: RandomPool) {
        self.init(
            high: milliseconds << 16 | 0x7000 | random.nextUInt64() & 0x0FFF,
            low: random.nextUInt64() & ~(0b11 << 62) | 0b10 << 62)
    }
}
