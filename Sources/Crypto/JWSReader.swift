internal import Glibc
internal import SignetJSON

/// Takes compact JWS apart, into buffers that it keeps, so that it allocates nothing in the long run.
/// Not `Sendable`: one for each thread. What its properties show belongs to the last token read and is
/// valid until the next one.
package final class JWSReader {
    /// Buffers above this size are given back when the next token does not need them.
    private static let keptBytes = 64 * 1024

    private var scanner = JSONScanner(depthMax: 8)
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
    private var payloadBytes = 0..<0
    private var signatureBytes = 0..<0

    /// The encoded header that `facts`, `keyIDText` and `typeText` were read from. Tokens of one key
    /// have the same header byte for byte, so it is mostly the next one's, too.
    private var knownHeader: [UInt8] = []
    private var facts: (algorithm: Algorithm, keyID: ULID?)?
    private var keyIDText: [UInt8] = []
    private var typeText: [UInt8] = []
    private var hasKeyID = false

    /// A reader with room for a token of usual size.
    package init() {}

    deinit { buffer.deallocate() }

    /// The decoded payload.
    package var payload: UnsafeRawBufferPointer { decoded(payloadBytes) }

    /// The decoded signature.
    package var signature: UnsafeRawBufferPointer { decoded(signatureBytes) }

    /// The `kid` of the header; nil when it has none.
    package var keyID: [UInt8]? { hasKeyID ? keyIDText : nil }

    /// The `typ` of the header; empty when it has none.
    package var type: [UInt8] { typeText }

    /// Whether the `typ` of the header is `at+jwt`, an access token's (RFC 9068 section 2.1). Letter case
    /// and the prefix `application/` do not count (RFC 7515 section 4.1.9).
    package private(set) var isAccessToken = false

    /// Takes `token` apart. Throws the first thing that is wrong with its shape; the signature is not
    /// looked at.
    package func read(_ token: UnsafeRawBufferPointer) throws(JWSRefusal) -> JWS {
        payloadBytes = 0..<0
        signatureBytes = 0..<0
        guard let firstDot = Self.dot(in: token, from: 0),
            let secondDot = Self.dot(in: token, from: firstDot + 1)
        else { throw .shape }
        let payload = firstDot + 1..<secondDot
        let signature = secondDot + 1..<token.count
        guard Self.dot(in: token, from: signature.lowerBound) == nil else { throw .shape }

        reserve(token.count)
        let facts = try header(UnsafeRawBufferPointer(rebasing: token[..<firstDot]))
        // Each segment's bytes go behind those of the one before.
        payloadBytes = try decode(token, payload, at: 0)
        signatureBytes = try decode(token, signature, at: payloadBytes.upperBound)
        return JWS(
            algorithm: facts.algorithm, keyID: facts.keyID, header: 0..<firstDot, payload: payload,
            signature: signature)
    }

    /// Takes `token` apart, as `read(_: UnsafeRawBufferPointer)` does.
    package func read(_ token: [UInt8]) throws(JWSRefusal) -> JWS {
        try token.withBytes { bytes throws(JWSRefusal) in try read(bytes) }
    }

    private func header(
        _ segment: UnsafeRawBufferPointer
    ) throws(JWSRefusal) -> (algorithm: Algorithm, keyID: ULID?) {
        if let facts, isKnownHeader(segment) { return facts }
        facts = nil
        let range = try decode(segment, 0..<segment.count, at: 0)
        let facts = try parse(decoded(range))
        knownHeader.removeAll(keepingCapacity: true)
        knownHeader.append(contentsOf: segment)
        self.facts = facts
        return facts
    }

    /// Whether `segment` is the header that was read last. Not in constant time: headers are public.
    private func isKnownHeader(_ segment: UnsafeRawBufferPointer) -> Bool {
        guard knownHeader.count == segment.count, let start = segment.baseAddress else {
            return false
        }
        return knownHeader.withUnsafeBytes { memcmp($0.baseAddress ?? start, start, segment.count) }
            == 0
    }

    private func parse(
        _ json: UnsafeRawBufferPointer
    ) throws(JWSRefusal) -> (algorithm: Algorithm, keyID: ULID?) {
        hasKeyID = false
        isAccessToken = false
        keyIDText.removeAll(keepingCapacity: true)
        typeText.removeAll(keepingCapacity: true)
        guard let top = try? scanner.scan(json), top.kind == .object else { throw .header }
        var algorithm: Algorithm?
        for member in scanner.members {
            let (name, value) = (member.name, member.value)
            if name.equals("alg", in: json) {
                algorithm = try Self.algorithm(value, of: json)
            } else if name.equals("kid", in: json) {
                try copyString(value, of: json, to: &keyIDText)
                hasKeyID = true
            } else if name.equals("typ", in: json) {
                try copyString(value, of: json, to: &typeText)
            } else if name.equals("crit", in: json) || name.equals("b64", in: json) {
                throw .criticalExtension
            }
        }
        guard let algorithm else { throw .algorithm }
        isAccessToken = Self.isAccessType(typeText)
        return (algorithm, hasKeyID ? ULID(keyIDText) : nil)
    }

    private static func algorithm(
        _ value: JSONValue, of json: UnsafeRawBufferPointer
    ) throws(JWSRefusal) -> Algorithm {
        guard value.kind == .string else { throw .algorithm }
        // Nobody escapes these names; if somebody does, there is time.
        let match =
            value.hasEscapes
            ? Algorithm(name: value.string(in: json)) : Algorithm(name: value.content(in: json))
        guard let match else { throw .algorithm }
        return match
    }

    private func copyString(
        _ value: JSONValue, of json: UnsafeRawBufferPointer, to target: inout [UInt8]
    ) throws(JWSRefusal) {
        guard value.kind == .string else { throw .header }
        if value.hasEscapes {
            target = value.string(in: json)
        } else {
            target.append(contentsOf: value.content(in: json))
        }
    }

    private func decode(
        _ token: UnsafeRawBufferPointer, _ segment: Range<Int>, at offset: Int
    ) throws(JWSRefusal) -> Range<Int> {
        guard !segment.isEmpty else { return offset..<offset }
        let text = UnsafeRawBufferPointer(rebasing: token[segment])
        guard let start = buffer.assumingMemoryBound(to: UInt8.self).baseAddress,
            let count = Base64URL.decode(text, into: start + offset)
        else { throw .encoding }
        return offset..<offset + count
    }

    private func decoded(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[range])
    }

    /// Makes room for all that a token of `count` characters decodes to.
    private func reserve(_ count: Int) {
        let isOversized = buffer.count > Self.keptBytes && count <= Self.keptBytes
        guard count > buffer.count || isOversized else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: max(4096, count), alignment: 16)
    }

    /// Whether `token` is of the characters and dots of a compact serialization (RFC 7515 section
    /// 7.1) with a header and a payload; the rest is for `read` to find out.
    package static func hasShape(_ token: UnsafeRawBufferPointer) -> Bool {
        guard let firstDot = dot(in: token, from: 0), firstDot > 0,
            let secondDot = dot(in: token, from: firstDot + 1), secondDot > firstDot + 1
        else { return false }
        return [0..<firstDot, firstDot + 1..<secondDot, secondDot + 1..<token.count].allSatisfy {
            Base64Alphabet.url.contains(UnsafeRawBufferPointer(rebasing: token[$0]))
        }
    }

    private static func dot(in token: UnsafeRawBufferPointer, from offset: Int) -> Int? {
        guard let start = token.baseAddress, offset < token.count else { return nil }
        let found = memchr(start + offset, Int32(UInt8(ascii: ".")), token.count - offset)
        return found.map { UnsafeRawPointer($0) - start }
    }

    private static func isAccessType(_ type: [UInt8]) -> Bool {
        let name = String(decoding: type, as: UTF8.self).lowercased()
        return name == "at+jwt" || name == "application/at+jwt"
    }
}
