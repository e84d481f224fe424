/// What answers the requests of one loop's connections.
package protocol RequestHandler: AnyObject, Sendable {
    /// Answers `exchange`: fills in its response and calls `finish`, now or later. Called on the
    /// connection's loop, where all that follows must happen, too. Requests of one connection may be
    /// answered in any order; the connection sends the answers in that of the requests.
    func respond(to exchange: Exchange)

    /// Fills in the answer to bytes that are not a request we serve: malformed, or over a limit. The
    /// path is known if the request line could be read.
    func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange)

    /// Looks at the answer to a request, before it is sent.
    func didAnswer(_ exchange: Exchange)
}

extension RequestHandler {
    package func didAnswer(_ exchange: Exchange) {}
}
