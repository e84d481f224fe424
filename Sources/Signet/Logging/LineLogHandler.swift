internal import Logging

/// Writes each event as one line. May be used from any thread: it holds only values, and a line is
/// handed over whole, in one `write(2)`.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    private let threshold: LogThreshold
    /// Nil for that of the threshold.
    private var ownLevel: Logger.Level?
    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Where lines go; standard error unless a test looks at them.
    var write: @Sendable (String) -> Void = { Terminal.write($0, to: .error) }
    var now: @Sendable () -> Timestamp = { .now }

    /// - Parameter threshold: may change while it is used.
    init(label: String, threshold: LogThreshold, format: LogFormat) {
        self.label = label
        self.format = format
        self.threshold = threshold
    }

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.init(label: label, threshold: LogThreshold(level), format: format)
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
        LogThreshold.process.set(settings.level)
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, threshold: .process, format: settings.format)
        }
    }
}
