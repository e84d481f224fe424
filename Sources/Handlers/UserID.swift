extension Int64 {
    /// The id of a user as it is written in a path or a form: decimal digits without leading zeros, above
    /// 0. Nil for everything else.
    init?(userID text: some Collection<UInt8>) {
        guard let first = text.first, first != UInt8(ascii: "0"),
            text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.init(String(decoding: text, as: UTF8.self))
    }
}
