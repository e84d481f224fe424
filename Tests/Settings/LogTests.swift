import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import signet

/// Keeps the lines that a handler writes.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func append(_ line: String) { lines.withLock { $0.append(line) } }
}

@Suite("Log: one line per event, whatever is in it")
struct LogTests {
    /// Texts that clients could send to forge lines, break quotes or drive a terminal.
    static let hostile: [String] =
        (0...0xA0).compactMap { UInt32($0) }.compactMap(Unicode.Scalar.init).map { "a\($0)b" } + [
            "", " ", "\r\n2026-01-01T00:00:00.000Z error forged", "\u{2028}x\u{2029}", "\u{1B}[2J",
            "\u{202E}txt.exe", "\"}\n{\"level\":\"error\"", "back\\slash", "\\u000a", "a=b c=d",
            "e\u{301}\u{1F600}", "\u{FEFF}", "\r\n", "\u{10FFFF}",
        ]

    private func render(
        _ format: LogFormat, message: String = "m", metadata: Logger.Metadata = [:]
    ) -> String {
        LogLine(
            time: Timestamp(seconds: 1_795_307_188, milliseconds: 7), level: .notice,
            label: "signet", message: message, metadata: metadata
        ).rendered(as: format)
    }

    @Test("writes text for people")
    func text() {
        let line = render(
            .text, message: "listening on port",
            metadata: ["port": "8080", "host": "::1", "why": "two words", "none": ""])
        #expect(
            line == "2026-11-22T00:26:28.007Z notice listening on port "
                + "host=::1 none=\"\" port=8080 why=\"two words\"\n")
    }

    @Test("writes JSON that Python reads back unchanged")
    func json() throws {
        let lines = Self.hostile.map { text in
            render(
                .json, message: text,
                metadata: [
                    text: .string(text), "list": ["1", .string(text)], "object": ["k": "v"],
                    "number": .stringConvertible(8080),
                ])
        }
        let script = """
            import json, sys
            def pairs(items):
                names = [name for name, _ in items]
                assert len(names) == len(set(names)), names
                return dict(items)
            out = []
            for line in sys.stdin.buffer.read().split(b"\\n")[:-1]:
                value = json.loads(line.decode("utf-8", "strict"), object_pairs_hook=pairs)
                metadata = value.pop("metadata")
                message = value.pop("message")
                assert metadata[message] == message
                assert metadata["list"] == ["1", message]
                assert metadata["object"] == {"k": "v"} and metadata["number"] == "8080"
                assert value == {"time": "2026-11-22T00:26:28.007Z", "level": "notice",
                                 "logger": "signet"}, value
                out.append(message)
            json.dump(out, sys.stdout)
            """
        let output = try Python.run(script, input: Data(lines.joined().utf8))
        let messages = try JSONDecoder().decode([String].self, from: output)
        // By scalars: String's own == takes canonically equivalent texts for equal.
        #expect(
            messages.map { Array($0.unicodeScalars) }
                == Self.hostile.map { Array($0.unicodeScalars) })
    }

    @Test("keeps a hostile text in its line", arguments: LogFormat.allCases, Self.hostile)
    func oneLine(_ format: LogFormat, _ text: String) {
        let line = render(
            format, message: text,
            metadata: ["v": .string(text), .init(text): "x", "n": .stringConvertible(text)])
        #expect(line.hasSuffix("\n"))
        let controls = line.unicodeScalars.dropLast().filter {
            [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(controls.isEmpty)
        #expect(!line.unicodeScalars.contains("\u{202E}"))
    }

    @Test("cuts texts that are too long")
    func cut() {
        let line = render(.text, message: String(repeating: "a", count: 1_000_000))
        #expect(line.utf8.count < 1100)
        let stacked = "e" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(render(.json, message: stacked).utf8.count < 2300)
    }

    @Test("writes the times that Python's datetime writes")
    func timestamps() throws {
        let moments = [0, 951_782_399, 951_782_400, 1_709_164_800, 1_795_307_188, 4_107_542_400]
        let script = """
            import datetime, sys
            for s in sys.argv[1:]:
                t = datetime.datetime.fromtimestamp(int(s), datetime.timezone.utc)
                print(t.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
            """
        let output = try Python.run(script, arguments: moments.map { "\($0)" })
        let expected = String(decoding: output, as: UTF8.self).split(separator: "\n")
        let written = moments.map { Timestamp(seconds: $0, milliseconds: 0).description }
        #expect(written == expected.map(String.init))
    }

    @Test("the level from which on there are lines is that of the settings that were read last")
    func threshold() throws {
        let lines = Lines()
        let threshold = LogThreshold(.info)
        var handler = LineLogHandler(label: "t", threshold: threshold, format: .text)
        handler.write = { lines.append($0) }
        handler.now = { Timestamp(seconds: 0, milliseconds: 0) }
        let logger = Logger(label: "t") { [handler] _ in handler }
        logger.debug("unseen")
        var settings = Settings()
        settings.log.level = .debug
        try threshold.reload(settings)
        logger.debug("seen")
        settings.log.level = .error
        try threshold.reload(settings)
        logger.warning("unseen")
        #expect(lines.all == ["1970-01-01T00:00:00.000Z debug seen\n"])
    }

    @Test("the handler drops what is below its level and lets the event's own metadata win")
    func handler() {
        let lines = Lines()
        var handler = LineLogHandler(label: "t", level: .info, format: .text)
        handler.write = { lines.append($0) }
        handler.now = { Timestamp(seconds: 0, milliseconds: 0) }
        handler.metadataProvider = .init { ["a": "provider", "b": "provider"] }
        handler[metadataKey: "a"] = "handler"
        handler[metadataKey: "c"] = "handler"
        var logger = Logger(label: "t") { _ in handler }
        logger.debug("unseen")
        logger.info("seen", metadata: ["b": "event"])
        logger.logLevel = .debug
        logger.debug("seen too")
        #expect(
            lines.all == [
                "1970-01-01T00:00:00.000Z info seen a=provider b=event c=handler\n",
                "1970-01-01T00:00:00.000Z debug seen too a=provider b=provider c=handler\n",
            ])
    }

    @Test("lines of many threads do not mix")
    func threads() async throws {
        // What other tests start meanwhile must not keep it open.
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let file = writing.fileDescriptor
        let reader = Task.detached { reading.readDataToEndOfFile() }
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    let text = String(repeating: "\(writer)", count: 1000)
                    for _ in 0..<50 { FileOutput.write(Array("\(text)\n".utf8), to: file) }
                }
            }
        }
        try writing.close()
        let lines = String(decoding: await reader.value, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 400)
        #expect(lines.allSatisfy { $0.count == 1000 && Set($0).count == 1 })
    }
}
