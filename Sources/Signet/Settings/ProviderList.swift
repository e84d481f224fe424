internal import SignetAuthority
internal import Yams

/// The setting `providers` as one text: `name=google issuer=https://… client_ids=a,b; name=hub
/// userinfo_url=https://…`. In a file it may be a list of mappings with these names.
enum ProviderList {
    /// How many providers there may be.
    private static let max = 64
    private static let names = ["name", "issuer", "client_ids", "userinfo_url"]

    /// Nil for a text that is no list of providers with names of their own. Empty for none.
    static func parse(_ text: String) -> [ProviderTerms]? {
        if text.isEmpty { return [] }
        var providers: [ProviderTerms] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            guard let provider = provider(part),
                !providers.contains(where: { $0.name == provider.name })
            else { return nil }
            providers.append(provider)
        }
        return providers.count <= max ? providers : nil
    }

    /// The text of a list.
    static func text(_ providers: [ProviderTerms]) -> String {
        providers.map { provider in
            switch provider.kind {
            case .openID(let issuer, let clientIDs):
                "name=\(provider.name) issuer=\(issuer) client_ids=\(clientIDs.joined(separator: ","))"
            case .userinfo(let url): "name=\(provider.name) userinfo_url=\(url)"
            }
        }.joined(separator: "; ")
    }

    /// The text of a list of mappings; nil when it is none of texts alone.
    static func text(_ sequence: Node.Sequence) -> String? {
        var parts: [String] = []
        for node in sequence {
            guard case .mapping(let mapping) = node else { return nil }
            var words: [String] = []
            for (key, value) in mapping {
                guard let name = key.string else { return nil }
                let items: [String]
                switch value {
                case .scalar(let scalar): items = [scalar.string]
                case .sequence(let list): items = list.compactMap(\.string)
                default: return nil
                }
                words.append("\(name)=\(items.joined(separator: ","))")
            }
            parts.append(words.joined(separator: " "))
        }
        return parts.joined(separator: "; ")
    }

    private static func provider(_ text: Substring) -> ProviderTerms? {
        var values: [String: String] = [:]
        for word in text.split(separator: " ") {
            guard let equals = word.firstIndex(of: "=") else { return nil }
            let name = String(word[..<equals])
            let value = String(word[equals...].dropFirst())
            guard names.contains(name), !value.isEmpty,
                value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), values[name] == nil
            else { return nil }
            values[name] = value
        }
        guard let name = values["name"] else { return nil }
        switch (values["issuer"], values["client_ids"], values["userinfo_url"]) {
        case (let issuer?, let clientIDs?, nil):
            let list = clientIDs.split(separator: ",").map(String.init)
            guard isURL(issuer), !list.isEmpty else { return nil }
            return ProviderTerms(name, .openID(issuer: issuer, clientIDs: list))
        case (nil, nil, let url?):
            return isURL(url) ? ProviderTerms(name, .userinfo(url: url)) : nil
        default: return nil
        }
    }

    /// Which addresses may be asked is for the runtime to say.
    private static func isURL(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://"))
            && !SettingType<String>.hasUser(text)
    }
}

extension SettingType where Value == [ProviderTerms] {
    /// A list of providers.
    static let providers = SettingType(
        accepts:
            "providers with names of their own, such as name=google "
            + "issuer=https://accounts.google.com client_ids=a,b; name=hub "
            + "userinfo_url=https://hub.example.org/me",
        parse: { ProviderList.parse($0) }, text: { ProviderList.text($0) })
}
