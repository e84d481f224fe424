@testable import signet

/// YAML settings: a file is read alike each time, names settings that there are on lines that there are, and
/// whatever is wrong with it is told by name.
enum SettingsProperties {
    static func check(_ input: UnsafeRawBufferPointer) throws(Violation) {
        let bytes = Array(input)
        let first = read(bytes)
        try require(read(bytes).text == first.text, "another result the second time")
        guard let file = first.file else {
            return try require(first.text.contains("s.yaml"), "a refusal names the file")
        }
        // YAML 1.1 has line breaks of its own.
        let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + bytes.count { $0 >= 0x80 } + 1
        for (name, line) in file.lines {
            guard let setting = Setting.named(name) else { throw Violation("\(name) is none") }
            try require(!setting.isSecret, "a secret is read from a file")
            try require((0...lines).contains(line), "\(name) is on line \(line) of \(lines)")
        }
        do throws(SettingsError) {
            _ = try EffectiveSettings(flags: [], environment: [:], file: file)
        } catch {
            try require(!"\(error)".isEmpty, "a refusal without a word")
        }
    }

    private static func read(_ bytes: [UInt8]) -> (file: SettingsFile?, text: String) {
        do throws(SettingsError) {
            let file = try SettingsFile(path: "s.yaml", bytes: bytes)
            return (file, "\(file.lines.sorted { $0.key < $1.key })")
        } catch {
            return (nil, "\(error)")
        }
    }
}
