/// What `signet config check` finds in a file of settings: all that is wrong, in the order of its lines.
struct SettingsCheck {
    /// A sentence about what is wrong, and where.
    struct Mistake: Equatable {
        /// Nil for what stands in no line.
        let line: Int?
        let text: String
    }

    private let path: String
    let mistakes: [Mistake]
    /// How many settings the file has.
    let settingCount: Int

    /// Reads the file at `path`; throws when that can't be done at all.
    ///
    /// - Parameter conflicts: says what goes against each other in settings of which each is right.
    init(path: String, conflicts: (Settings) -> [String]) throws(SettingsError) {
        self.init(try SettingsFile.read(path), path: path, conflicts: conflicts)
    }

    /// The same for bytes that are already there.
    init(_ bytes: [UInt8], path: String, conflicts: (Settings) -> [String]) {
        self.path = path
        let file: SettingsFile
        do throws(SettingsError) {
            file = try SettingsFile(withMistakesIn: bytes, path: path)
        } catch {
            (mistakes, settingCount) = ([Mistake(line: error.line, text: "\(error)")], 0)
            return
        }
        settingCount = file.lines.count
        var errors: [SettingsError] = []
        let effective = EffectiveSettings(withMistakesIn: file, mistakes: &errors)
        guard errors.isEmpty else {
            mistakes = errors.inOrderOfLines.map { Mistake(line: $0.line, text: "\($0)") }
            return
        }
        mistakes = conflicts(effective.settings).map { conflict in
            let origin = SettingOrigin.file(path: path, line: Self.line(of: conflict, in: file))
            return Mistake(line: origin.line, text: "\(origin): \(conflict)")
        }
    }

    /// Where the file has the first of the settings that a sentence names; nil when it has none of them.
    private static func line(of conflict: String, in file: SettingsFile) -> Int? {
        let words = conflict.split { !$0.isLetter && $0 != "." && $0 != "_" }
        return words.compactMap { file.lines[String($0)] }.min()
    }

    /// The outcome in a sentence.
    var summary: String {
        switch (mistakes.count, settingCount) {
        case (0, 1): "\(path): 1 setting, no mistake"
        case (0, _): "\(path): \(settingCount) settings, no mistake"
        case (1, _): "\(path) has 1 mistake"
        case (_, _): "\(path) has \(mistakes.count) mistakes"
        }
    }

    /// For programs: one JSON object.
    var json: String {
        let items = mistakes.map { mistake in
            "{\"line\":\(mistake.line.map { "\($0)" } ?? "null"),"
                + "\"message\":\(JSONText.quoted(mistake.text))}"
        }
        return "{\"file\":\(JSONText.quoted(path)),\"settings\":\(settingCount),"
            + "\"mistakes\":[\(items.joined(separator: ","))]}"
    }
}
