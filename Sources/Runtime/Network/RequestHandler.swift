/// What answers the requests of one loop's connections.
package protocol RequestHandler: Sendable {
    /// Fills in `exchange.response`. Runs on the connection's actor, hence on its loop; whatever it
    /// awaits must come back there. Requests of one connection may be answered at the same time; the
    /// connection sends the answers in order.
    func respond(to exchange: Exchange) async

    /// Fills in the answer to bytes that are not a request we serve: malformed, or over a limit. The
    /// path is known if the request line could be read.
    func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange)
}
