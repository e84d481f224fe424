internal import CLibUV
import Glibc

/// A bound and listening TCP socket. Whoever holds it closes it.
package struct ListeningSocket: Sendable {
    package let descriptor: Int32
    /// Where it listens, with the port that the kernel chose if port 0 was asked for.
    package let address: SocketAddress
    /// Whether other loops of ours may accept from it too.
    let isShared: Bool

    /// Binds `count` sockets to one address by `SO_REUSEPORT`, so that the kernel spreads new
    /// connections over as many loops.
    ///
    /// Throws `EADDRINUSE` when another process listens there, although `SO_REUSEPORT` alone would let
    /// two servers of one user share the port unnoticed: a first bind goes without it.
    package static func group(
        _ count: Int, at address: SocketAddress, backlog: Int32 = 4096
    ) throws(LoopError) -> [ListeningSocket] {
        if address.port != 0 {
            let probe = try open(address, sharesPort: false)
            probe.close()
        }
        var sockets: [ListeningSocket] = []
        do throws(LoopError) {
            for _ in 0..<count {
                let socket = try open(sockets.first?.address ?? address, sharesPort: true)
                sockets.append(socket)
                try check(listen(socket.descriptor, backlog) == 0 ? 0 : -errno, "listen")
            }
        } catch {
            for socket in sockets { socket.close() }
            throw error
        }
        return sockets
    }

    /// Takes over sockets that listen already, such as a service manager passes on, and deals them to
    /// `count` loops: what each of them accepts from.
    ///
    /// With fewer sockets than loops, several loops accept from one; with more, a loop accepts from several.
    /// Closing them leaves the connections that wait in the kernel's queue to whoever else holds the sockets.
    ///
    /// - Parameter descriptors: at least one; closed if it throws.
    package static func dealt(
        _ descriptors: [Int32], among count: Int
    ) throws(LoopError) -> [[ListeningSocket]] {
        precondition(!descriptors.isEmpty && count > 0)
        var dealt = [[ListeningSocket]](repeating: [], count: count)
        do throws(LoopError) {
            for index in 0..<max(descriptors.count, count) {
                let socket = try adopt(
                    descriptors[index % descriptors.count], copies: index >= descriptors.count,
                    isShared: descriptors.count < count)
                dealt[index % count].append(socket)
            }
        } catch {
            // A copy has a number of its own; those of the caller that were not reached yet have theirs.
            let ours = Set(dealt.joined().map(\.descriptor)).union(descriptors)
            for descriptor in ours { Glibc.close(descriptor) }
            throw error
        }
        return dealt
    }

    private static func adopt(
        _ original: Int32, copies: Bool, isShared: Bool
    ) throws(LoopError) -> ListeningSocket {
        let descriptor = copies ? fcntl(original, F_DUPFD_CLOEXEC, 0) : original
        guard descriptor >= 0 else { throw LoopError(call: "fcntl", status: -errno) }
        do throws(LoopError) {
            let flags = fcntl(descriptor, F_GETFL)
            let isSet = flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0
            try check(isSet ? 0 : -errno, "fcntl")
            try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
            return ListeningSocket(
                descriptor: descriptor, address: try name(of: descriptor), isShared: isShared)
        } catch {
            if copies { Glibc.close(descriptor) }
            throw error
        }
    }

    package func close() {
        Glibc.close(descriptor)
    }

    private static func open(
        _ address: SocketAddress, sharesPort: Bool
    ) throws(LoopError) -> ListeningSocket {
        let type =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw LoopError(call: "socket", status: -errno) }
        do throws(LoopError) {
            try set(descriptor, SOL_SOCKET, SO_REUSEADDR)
            if sharesPort { try set(descriptor, SOL_SOCKET, SO_REUSEPORT) }
            // Accepted sockets inherit it, which saves a call for each.
            try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
            let bound = address.withSockaddr { bind(descriptor, $0, $1) }
            try check(bound == 0 ? 0 : -errno, "bind")
            return ListeningSocket(
                descriptor: descriptor, address: try name(of: descriptor), isShared: false)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static func set(
        _ descriptor: Int32, _ level: Int32, _ option: Int32
    ) throws(LoopError) {
        var on: Int32 = 1
        let status = setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
        try check(status == 0 ? 0 : -errno, "setsockopt")
    }

    private static func name(of descriptor: Int32) throws(LoopError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        try check(status == 0 ? 0 : -errno, "getsockname")
        return SocketAddress(storage, length: length)
    }
}
