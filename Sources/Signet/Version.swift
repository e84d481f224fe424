/// The version of Signet, as `signet --version` and log lines give it (SemVer 2.0).
enum Version {
    static let text = "0.1.0"
}
