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

    /// As `signing`, for ever: when an answer says that it is the connection's last, a client makes another. A connection
    /// that breaks is an answer that is wrong.
    static func signingAcrossRestarts(
        _ count: Int, app: AppAccount, port: Int
    ) -> ClientLoad {
        ClientLoad(count, port: port, seen: []) { _, first, tally in
            var connection = first
            while !tally.current.mustStop {
                do {
                    let answer = try app.sign(on: connection)
                    let pair = try TokenPair(answer)
                    tally.update {
                        $0.seen.append(pair)
                        $0.answers += 1
                    }
                    if answer.fields["connection"] == "close" {
                        connection = try HTTPConnection(port: port)
                    }
                } catch HTTPConnection.Failure.closed {
                    throw UnexpectedAnswer(description: "closed without an answer")
                }
            }
        }
    }
}
