import Testing

@testable import signet

@Suite("Terminal: tables and progress")
struct TerminalTests {
    @Test("aligns columns, left or right, without trailing spaces")
    func table() {
        var table = Table(
            header: ["NAME", "N"], rows: [["a", "1"], ["long name", "100"], ["b"]])
        #expect(table.lines == ["NAME       N", "a          1", "long name  100", "b"])
        table.alignments[1] = .right
        #expect(table.lines == ["NAME         N", "a            1", "long name  100", "b"])
    }

    @Test("lets no cell break its row")
    func hostileCell() {
        #expect(Table(header: ["A"], rows: [["x\ny\u{1B}"]]).lines == ["A", "x\\ny\\u001b"])
    }

    @Test("rewrites the line on a terminal, and writes lines elsewhere")
    func progress() {
        var written = ""
        var line = ProgressLine(isInteractive: true) { written += $0 }
        line.update("10 %")
        line.update("10 %")
        line.update("9\n")
        line.finish()
        #expect(written == "\r10 %\u{1B}[K\r9\\n\u{1B}[K\r\u{1B}[K")

        written = ""
        line = ProgressLine(isInteractive: false) { written += $0 }
        line.update("1")
        line.update("1")
        line.update("2")
        line.finish()
        #expect(written == "1\n2\n")
    }
}
