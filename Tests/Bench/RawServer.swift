import Glibc
import SignetBench
import SignetRuntime
import Synchronization

/// A server that answers whatever comes with prescribed bytes, or misbehaves. Each connection has a
/// thread; all have ended when the server is stopped.
final class RawServer: Sendable {
    enum Behaviour: Sendable {
        /// Sends these bytes for each piece of input.
        case send(String)
        /// Sends these bytes for the first piece of input, and closes.
        case sendAndClose(String)
        /// Reads, and never answers.
        case silent
        /// Sends these bytes for each piece of input, but for the `at`th that it gets waits
        /// `milliseconds` first.
        case stall(String, at: Int, milliseconds: UInt32)
        /// Resets the first connection after its first input, and all others at once.
        case dieAfterFirst
    }

    let address: SocketAddress
    var target: LoadTarget { LoadTarget(address, host: "localhost") }
    private let listener: Int32
    private let behaviour: Behaviour
    private let descriptors = Monitor<[Int32]>([])
    /// The accepting thread first. `Monitor`, because the thread sanitizer knows its lock.
    private let threads = Monitor<[Thread]>([])
    private let hasEnded = Atomic<Bool>(false)
    private let inputs = Atomic<Int>(0)

    init(_ behaviour: Behaviour) throws {
        let sockets = try ListeningSocket.group(1, at: .anyPort)
        address = sockets[0].address
        listener = sockets[0].descriptor
        self.behaviour = behaviour
        // The listener is non-blocking for event loops; a thread wants to wait.
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
        let thread = try Thread(name: "raw-server") { [self] in acceptAll() }
        threads.withLock { $0.insert(thread, at: 0) }
    }

    /// Ends all connections and threads. Call it once, not from a thread of the server.
    func stop() {
        shutDown()
        // No connection's thread is added after the accepting one has ended.
        threads.withLock { $0.first }?.join()
        for thread in threads.withLock({ $0.dropFirst() }) { thread.join() }
    }

    private func shutDown() {
        guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        descriptors.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            descriptors.withLock { $0.append(descriptor) }
            // Accepted too late for `shutDown` to see it.
            if hasEnded.load(ordering: .relaxed) { shutdown(descriptor, Int32(SHUT_RDWR)) }
            guard let thread = try? Thread(name: "raw", { [self] in serve(descriptor) }) else {
                break
            }
            threads.withLock { $0.append(thread) }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while read(descriptor, &bytes, bytes.count) > 0 {
            switch behaviour {
            case .send(let answer):
                _ = answer.withCString { write(descriptor, $0, strlen($0)) }
            case .sendAndClose(let answer):
                _ = answer.withCString { write(descriptor, $0, strlen($0)) }
                return end(descriptor)
            case .stall(let answer, let place, let milliseconds):
                if inputs.add(1, ordering: .relaxed).newValue == place {
                    // The stall itself, which is to be measured; nothing waits for an event here.
                    usleep(milliseconds * 1000)
                }
                _ = answer.withCString { write(descriptor, $0, strlen($0)) }
            case .silent: continue
            case .dieAfterFirst:
                shutDown()
                return end(descriptor)
            }
        }
        end(descriptor)
    }

    private func end(_ descriptor: Int32) {
        descriptors.withLock { $0.removeAll { $0 == descriptor } }
        // Closing alone would not end it while a program that another test starts has it open, too.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
