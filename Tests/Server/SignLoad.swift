import TestSupport

extension ClientLoad<[TokenPair]> {
    /// Many clients that sign one pair after the other.
    static func signing(_ count: Int, app: AppAccount, port: Int) -> ClientLoad {
        ClientLoad(count, port: port, seen: []) { _, connection, tally in
            while !tally.current.mustStop {
                let answer = try app.sign(on: connection)
                let pair = try TokenPair(answer)
                tally.update {
                    $0.seen.append(pair)
                    $0.answers += 1
                }
                if answer.fields["connection"] == "close" { return }
            }
        }
    }
}
