/// Where the exchanges of one loop are answered: each in a task of its own that serves one request after
/// the other.
///
/// The tasks outlive their requests because a task costs eight allocations, and a resumed one none.
actor Responder {
    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let handler: any RequestHandler

    init(on eventLoop: EventLoop, _ handler: any RequestHandler) {
        self.eventLoop = eventLoop
        self.handler = handler
    }

    /// Starts the task of a new exchange of `server`; it ends with `Exchange.end`.
    nonisolated func start(_ exchange: Exchange, of server: LoopServer) {
        // A continuation resumes on its task's preferred executor; without one it would go through the
        // global pool and back, which costs two wake-ups of other threads.
        Task(executorPreference: eventLoop) {
            await self.answerRequests(of: exchange, for: server)
        }
    }

    private func answerRequests(of exchange: Exchange, for server: LoopServer) async {
        while await exchange.nextRequest() {
            await handler.respond(to: exchange)
            guard let connection = exchange.connection else {
                preconditionFailure("a request comes from a connection")
            }
            exchange.finish()
            server.flushAtRoundEnd(connection)
        }
    }
}
