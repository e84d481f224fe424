import Foundation
import TestSupport

/// A process with many connections to a server, all of which behave alike. It counts how many have connected, have
/// been answered, and have ended, and goes when it is let go.
final class Crowd: Sendable {
    /// What the connections do.
    enum Behaviour: String, Sendable {
        /// Make a call, and keep still from then on.
        case idle
        /// Say nothing at all.
        case silent
        /// Send half a head and end what they send.
        case half
        /// Send a head that has no end, and a byte of it each second.
        case head
        /// Send a body of which a kilobyte comes, and a byte each second.
        case body
        /// Send as many requests as the kernels take, and read nothing.
        case reading
        /// Send something, and reset the connection at once; one after the other.
        case reset
    }

    /// What is counted, in the words of the script.
    enum Event: String, Sendable {
        case connected, answered, ended
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let script = #"""
        import resource, select, socket, struct, sys, time
        kind, source, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        ping = b'GET /ping HTTP/1.1\r\nHost: a\r\n\r\n'
        large = b'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n'
        first = {
            'idle': ping, 'silent': b'', 'half': b'GET /ping HTTP/1.1\r\nHo', 'reading': large * 100,
            'head': b'GET /ping HTTP/1.1\r\nHost: a\r\nX: ' + b'x' * 8000,
            'body': b'POST /auth/sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n' + b'x' * 1000,
        }
        pieces = [b'', b'GET / HT', ping, ping * 20, large * 20, first['head'], first['body'], b'\x16\x03\x01\x02\0']

        def connect():
            connection = socket.socket()
            if kind == 'reading': connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            # bind would take one of the ports that listeners are given; by IP_BIND_ADDRESS_NO_PORT connect chooses.
            connection.setsockopt(socket.IPPROTO_IP, 24, 1)
            connection.bind((source, 0))
            connection.connect(('127.0.0.1', port))
            return connection

        def say(what): print('all', what, flush=True)

        if kind == 'reset':
            for index in range(count):
                connection = connect()
                connection.send(pieces[index % len(pieces)])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                connection.close()
            say('ended')
            sys.exit()
        poll, crowd = select.epoll(), {}
        for _ in range(count):
            connection = connect()
            connection.send(first[kind])
            if kind == 'half': connection.shutdown(socket.SHUT_WR)
            connection.setblocking(False)
            crowd[connection.fileno()] = connection
            poll.register(connection, select.EPOLLRDHUP | (0 if kind == 'reading' else select.EPOLLIN))
        say('connected')
        answered, ended, last, full = set(), 0, time.monotonic(), set()
        while crowd:
            for descriptor, event in poll.poll(0.1):
                connection = crowd[descriptor]
                try: data = b'' if kind == 'reading' else connection.recv(65536)
                except OSError: data = b''
                if data:
                    if descriptor not in answered:
                        answered.add(descriptor)
                        if len(answered) == count: say('answered')
                else:
                    del crowd[descriptor]
                    connection.close()
                    ended += 1
                    if ended == count: say('ended')
            if kind == 'reading' and len(full) < count or kind in ('head', 'body') and time.monotonic() - last > 1:
                last = time.monotonic()
                for descriptor, connection in crowd.items():
                    try: connection.send(large * 100 if kind == 'reading' else b'x')
                    except BlockingIOError: full.add(descriptor)
                    except OSError: pass
        """#

    private let process: ChildProcess

    /// Lets `count` connections from `source`, an address of the loopback network, come to `port`.
    init(
        _ behaviour: Behaviour, _ count: Int, to port: Int, from source: String = "127.0.0.1"
    ) throws {
        process = try ChildProcess(
            Python.interpreter.path,
            ["-c", Self.script, behaviour.rawValue, source, "\(port)", "\(count)"],
            environment: [:], in: "/")
    }

    /// Waits until all connections have done something.
    func wait(for event: Event) throws {
        guard process.waitForOutput("all \(event.rawValue)\n", atMostSeconds: 600) != nil else {
            throw Failure(description: "not all have \(event.rawValue): \(process.errorText)")
        }
    }

    /// Ends all of them at once.
    func leave() throws {
        process.signal(SIGKILL)
        _ = try process.waitForEnd()
    }
}
