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
    /// that breaks is an answer that is wrong, unless it was silent for so long that a server that ends may close it: a
    /// client has no processor for a second, now and then.
    static func signingAcrossRestarts(
        _ count: Int, app: AppAccount, port: Int
    ) -> ClientLoad {
        ClientLoad(count, port: port, seen: []) { _, first, tally in
            let clock = ContinuousClock()
            var connection = first
            // Before the server can have begun to count.
            var lastUse = clock.now
            while !tally.current.mustStop {
                let previousUse = lastUse
                lastUse = clock.now
                do {
                    let answer = try app.sign(on: connection)
                    let pair = try TokenPair(answer)
                    tally.update {
                        $0.seen.append(pair)
                        $0.answers += 1
                    }
                    if answer.fields["connection"] == "close" {
                        lastUse = clock.now
                        connection = try HTTPConnection(port: port)
                    }
                } catch HTTPConnection.Failure.closed {
                    guard clock.now - previousUse >= .seconds(1) else {
                        throw UnexpectedAnswer(description: "closed without an answer")
                    }
                    lastUse = clock.now
                    connection = try HTTPConnection(port: port)
                }
            }
        }
    }
}
