internal import SignetCrypto
internal import SignetStorage

extension Apps {
    /// Gives an app a limit of its own, durably and on every server of the store; nil for that of all apps.
    ///
    /// - Returns: false when there is no such app any more.
    package func setRateLimit(
        _ limit: RateLimit?, of app: App
    ) async throws(AuthorityError) -> Bool {
        let name = RateLimit.propertyName(of: app.id)
        do throws(StoreError) {
            try await store.write([
                limit.map { .setProperty(name: name, value: $0.property) }
                    ?? .removeProperty(name: name)
            ])
        } catch {
            throw .storeUnavailable
        }
        await publish(orElse: {
            guard let known = directory.current.app(app.id),
                let changed = App(known.row, rateLimit: limit)
            else { return }
            directory.publish(directory.current.with(changed))
        })
        return directory.current.app(app.id) != nil
    }
}

/// The limit of an app as a property of the store, so that it comes with the change log: `<count>/<seconds>`.
extension RateLimit {
    static func propertyName(of app: ULID) -> String { "rate-limit/\(app.text)" }

    var property: [UInt8] { Array("\(count)/\(periodSeconds)".utf8) }

    /// Nil for what no version of ours has written.
    init?(property: [UInt8]) {
        let text = String(decoding: property, as: UTF8.self)
        let numbers = text.split(separator: "/").map { Int64($0) }
        guard numbers.count == 2, let count = numbers[0], let seconds = numbers[1], count > 0,
            seconds > 0
        else { return nil }
        self.init(count, perSeconds: seconds)
    }
}
