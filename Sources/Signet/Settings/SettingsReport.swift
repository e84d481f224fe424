/// What `signet config show` prints: each setting, its value, and where that came from.
struct SettingsReport {
    private let effective: EffectiveSettings

    init(_ effective: EffectiveSettings) {
        self.effective = effective
    }

    /// For people: a table.
    var lines: [String] {
        let rows = Setting.all.map { setting in
            let text = setting.text(effective.settings)
            return [
                setting.name, text.isEmpty ? "(not set)" : text,
                effective.origin(of: setting).description, setting.help,
            ]
        }
        return Table(header: ["SETTING", "VALUE", "FROM", "WHAT IT IS"], rows: rows).lines
    }

    /// For programs: one JSON object by name. Values are texts, as `--set` takes them; null for
    /// what is not set. `reloaded` says whether SIGHUP puts another one in force.
    var json: String {
        let members = Setting.all.map { setting in
            let text = setting.text(effective.settings)
            let value = text.isEmpty ? "null" : JSONText.quoted(text)
            let origin = JSONText.quoted(effective.origin(of: setting).description)
            let help = JSONText.quoted(setting.help)
            return "\(JSONText.quoted(setting.name)):"
                + "{\"value\":\(value),\"from\":\(origin),\"help\":\(help),"
                + "\"reloaded\":\(setting.isReloaded)}"
        }
        return "{\(members.joined(separator: ","))}"
    }
}
