internal import Yams

/// The one document of a YAML file, read in spite of names that a mapping has twice.
///
/// Yams refuses such a file as a whole and tells of the first of them. So that all that is wrong with a file can be
/// told at once, the later of two is noted and left out, and the rest is read again.
struct YAMLDocument {
    /// A file with more names given twice than this is refused.
    private static let repeatedMax = 100

    /// Nil for a file without any.
    let root: Node?
    /// The names that are given twice in one place.
    let repeatedNames: [SettingsError]

    /// Throws for what is no YAML. `path` is only for messages.
    init(_ text: String, path: String) throws(SettingsError) {
        (root, repeatedNames) = try Self.read(text, path)
    }

    private static func read(
        _ text: String, _ path: String
    ) throws(SettingsError) -> (Node?, [SettingsError]) {
        var source = YAMLSource(text)
        var repeated: [SettingsError] = []
        while true {
            do {
                let yaml = repeated.isEmpty ? text : source.text
                return (try Parser(yaml: yaml).singleRoot(), repeated)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let line = context.mark.line
                guard repeated.count < repeatedMax, let key = keys.first,
                    let second = source.removeSecond(
                        key, line: line, column: context.mark.column)
                else {
                    throw .malformedFile(
                        origin: .file(path: path, line: line),
                        reason: "'\(keys.joined(separator: "', '"))' is given twice")
                }
                repeated.append(
                    .givenTwice(
                        name: second.name, .file(path: path, line: line),
                        .file(path: path, line: second.line)))
            } catch {
                throw malformed(path, error)
            }
        }
    }

    private static func malformed(_ path: String, _ error: any Error) -> SettingsError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return .malformedFile(
                origin: .file(path: path, line: mark.line), reason: problem)
        case .reader(let problem, let offset?, _, let yaml):
            // What the error says of itself has lines of the file in it.
            let line = 1 + yaml.prefix(offset).count { $0.isNewline }
            return .malformedFile(origin: .file(path: path, line: line), reason: problem)
        default:
            return .malformedFile(origin: .file(path: path, line: nil), reason: "\(error)")
        }
    }
}

/// The lines of a YAML file, as far as a block mapping shows in them.
private struct YAMLSource {
    private var lines: [Substring]

    init(_ text: String) {
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    var text: String { lines.joined(separator: "\n") }

    /// Takes out the second `key` of the mapping whose first one is at `line` and `column`, both counted from 1.
    ///
    /// - Returns: its line, and its name with those of the groups around it; nil when it can't be found, as in a
    ///   mapping in braces.
    mutating func removeSecond(
        _ key: String, line: Int, column: Int
    ) -> (name: String, line: Int)? {
        let (first, indent) = (line - 1, column - 1)
        guard lines.indices.contains(first), indentation(first) == indent else { return nil }
        var index = first + 1
        while index < lines.count, isBlank(index) || indentation(index) >= indent {
            if !isBlank(index), indentation(index) == indent, self.key(index) == key {
                let name = (groups(around: first) + [key]).joined(separator: ".")
                let found = index
                repeat {
                    lines[index] = ""
                    index += 1
                } while index < lines.count && isPart(index, ofKeyAt: indent)
                return (name, found + 1)
            }
            index += 1
        }
        return nil
    }

    /// Whether a line belongs to the value of a key above it. The items of a list may stand below the key itself.
    private func isPart(_ index: Int, ofKeyAt indent: Int) -> Bool {
        isBlank(index) || indentation(index) > indent
            || (indentation(index) == indent && lines[index].dropFirst(indent).hasPrefix("- "))
    }

    /// The keys of the mappings that a line is in, the outermost first.
    private func groups(around index: Int) -> [String] {
        var (names, indent): ([String], Int) = ([], indentation(index))
        for index in (0..<index).reversed() where !isBlank(index) && indentation(index) < indent {
            indent = indentation(index)
            if let name = key(index) { names.append(name) }
        }
        return names.reversed()
    }

    private func isBlank(_ index: Int) -> Bool {
        let rest = lines[index].drop { $0 == " " }
        return rest.isEmpty || rest.hasPrefix("#")
    }

    private func indentation(_ index: Int) -> Int { lines[index].prefix { $0 == " " }.count }

    /// The key that a line begins with; nil for none.
    private func key(_ index: Int) -> String? {
        let text = lines[index].drop { $0 == " " }
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            return text.firstIndex(of: ":").map { String(text[..<$0].trimmingSuffix(" ")) }
        }
        let word = text.dropFirst()
        return word.firstIndex(of: quote).map { String(word[..<$0]) }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var rest = self
        while rest.last == character { rest.removeLast() }
        return rest
    }
}
