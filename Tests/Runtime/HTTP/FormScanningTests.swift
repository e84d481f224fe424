import SignetRuntime
import Testing

@Suite("Scanning of forms")
struct FormScanningTests {
    @Test(
        "finds whatever does not stand for itself, in every place",
        arguments: [1, 8, 31, 32, 33, 100])
    func places(length: Int) {
        for byte in UInt8.min...UInt8.max {
            let isPlain = (0x20...0x7E).contains(byte) && byte != 0x2B && byte != 0x25
            for place in 0..<length {
                var text = [UInt8](repeating: 0x61, count: length)
                text[place] = byte
                for start in [0, place / 2, place] {
                    let end = text.withUnsafeBytes { $0.endOfFormText(from: start) }
                    #expect(end == (isPlain ? length : place))
                }
                let after = text.withUnsafeBytes { $0.endOfFormText(from: place + 1) }
                #expect(after == length)
            }
        }
    }

    @Test("finds a byte, and the end without one")
    func index() {
        let text = Array("token=a&b".utf8)
        text.withUnsafeBytes { text in
            #expect(text.index(of: UInt8(ascii: "&"), from: 0) == 7)
            #expect(text.index(of: UInt8(ascii: "&"), from: 8) == text.count)
            #expect(text.index(of: UInt8(ascii: "t"), from: text.count) == text.count)
        }
        #expect(UnsafeRawBufferPointer(start: nil, count: 0).endOfFormText(from: 0) == 0)
    }
}
