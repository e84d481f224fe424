/// What kind of program a `User-Agent` is of (RFC 9110 section 10.1.5), as far as its words tell. For
/// people who look at their sessions; nothing depends on it.
enum UserAgentType: String {
    case desktop, mobile, tablet, bot, cli, unknown

    /// The words that tell, in small letters. The first line that has one of the text's decides.
    private static let words: [(UserAgentType, [String])] = [
        // Telephones that are no robots.
        (.mobile, ["cubot"]),
        (.bot, ["bot", "crawler", "spider", "slurp", "facebookexternalhit", "headless"]),
        (
            .cli,
            [
                "curl/", "wget/", "httpie/", "postman", "insomnia/", "powershell", "python",
                "aiohttp/", "libwww-perl/", "go-http-client/", "java/", "apache-httpclient/",
                "okhttp/", "node", "axios/", "undici", "ruby", "guzzlehttp/",
            ]
        ),
        (.tablet, ["ipad", "tablet", "kindle", "silk/", "playbook"]),
        (.mobile, ["mobile", "iphone", "ipod", "windows phone", "opera mini", "blackberry"]),
        // Android's telephones say Mobile.
        (.tablet, ["android"]),
        (.desktop, ["windows nt", "macintosh", "x11", "cros ", "linux"]),
    ]

    init(_ userAgent: String) {
        let text = userAgent.lowercased()
        let found = Self.words.first { _, words in words.contains { text.contains($0) } }
        self = found?.0 ?? .unknown
    }
}
