internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// GET `/ping`: whether the server answers.
    func answerPing(_ exchange: Exchange) {
        exchange.response.contentType = "text/plain; charset=utf-8"
        exchange.response.body.append(literal: "pong")
    }

    /// GET `/health`: whether the store does, too.
    func answerHealth(_ exchange: Exchange) {
        answerLater(exchange) { [authority] () async throws(AppsError) in
            guard await authority.storeAnswers() else { throw .server(.storeUnavailable) }
            exchange.response.body.append(literal: #"{"message":"ok"}"#)
            exchange.finish()
        }
    }
}
