internal import Logging

/// Writes each event as one line. May be used from any thread: it holds only values, and a line is
/// handed over whole, in one `write(2)`.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Where lines go; standard error unless a test looks at them.
    var write: @Sendable (String) -> Void = { Terminal.write($0, to: .error) }
    var now: @Sendable () -> Timestamp = { .now }

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // The nearer the source, the stronger: the event's own metadata wins.
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = .string("\(error)") }
        let line = LogLine(
            time: now(), level: event.level, label: label, message: event.message.description,
            metadata: all)
        write(line.rendered(as: format))
    }
}

/// The log of the whole process.
enum Log {
    /// Sends every `Logger` of the process to standard error. To be called once, before the first
    /// `Logger` is made.
    static func bootstrap(_ settings: Settings.Log) {
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, level: settings.level, format: settings.format)
        }
    }
}
