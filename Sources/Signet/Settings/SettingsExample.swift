/// What `signet config example` prints: a file with every setting commented out, with what it is, what it takes and
/// what it is unless it is set. Made from the table of settings.
enum SettingsExample {
    /// Columns of a comment.
    private static let width = 100

    /// The file, with a line feed at its end.
    static var text: String {
        let parts = [introduction] + groups.map(text(of:)) + [secrets]
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # The settings of Signet \(Version.text), as `signet config example` prints them.
        #
        # Every line with a setting is commented out and has its default: as it is, this file changes
        # nothing. To set one, take away the # before its name. In braces stands what is accepted.
        #
        # Flags of the command line go over the environment, and that over this file. The variable of
        # a setting is its name in capitals, with SIGNET_ before it: SIGNET_HTTP_PORT is http.port.
        #
        # signet config check FILE    names every mistake in a file, with its line
        # signet config show          shows what is in force, and where each value comes from
        #
        # [reload] marks what a server takes over while it runs, at SIGHUP (systemctl reload); any
        # other change takes a restart, and the log says so.
        """

    /// The settings of files by the first words of their names, in the order of the table.
    private static var groups: [[Setting]] {
        var groups: [[Setting]] = []
        for setting in Setting.all where !setting.isSecret {
            let known = groups.firstIndex { isGroup($0) && $0[0].path[0] == setting.path[0] }
            if let known {
                groups[known].append(setting)
            } else {
                groups.append([setting])
            }
        }
        return groups
    }

    /// Whether the names have a word before the dot.
    private static func isGroup(_ settings: [Setting]) -> Bool { settings[0].path.count > 1 }

    private static func text(of settings: [Setting]) -> String {
        guard isGroup(settings) else { return entry(settings[0], name: settings[0].name, "") }
        let entries = settings.map { setting in
            entry(setting, name: setting.path.dropFirst().joined(separator: "."), "  ")
        }
        return "\(settings[0].path[0]):\n" + entries.joined(separator: "\n\n")
    }

    private static func entry(_ setting: Setting, name: String, _ indentation: String) -> String {
        let mark = setting.isReloaded ? " [reload]" : ""
        let comment = comment(setting.help + mark + " {\(setting.accepts)}", indentation)
        return "\(comment)\n\(indentation)#\(name): \(value(of: setting))"
    }

    /// The default as YAML. What depends on the machine is 1 here, so that the file is the same everywhere.
    private static func value(of setting: Setting) -> String {
        let text = setting.unlessSet == nil ? setting.text(Settings()) : "1"
        guard !setting.isList else { return text.isEmpty ? "[]" : "[\(text)]" }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || ["/", ".", "_", "-"].contains(scalar)
        }
        return isPlain && !text.isEmpty ? text : JSONText.quoted(text)
    }

    private static var secrets: String {
        let variables = Setting.all.filter(\.isSecret).map { setting in
            comment("\(setting.environmentName): \(setting.help) {\(setting.accepts)}", "")
        }
        let introduction = comment(
            "Secrets are read from the environment alone, and in no file:", "")
        return ([introduction] + variables).joined(separator: "\n")
    }

    /// `text` as a comment, in lines of at most `width` columns.
    private static func comment(_ text: String, _ indentation: String) -> String {
        var lines: [String] = []
        var line = "\(indentation)#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > width {
                lines.append(line)
                line = "\(indentation)#"
            }
            line += " \(word)"
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
