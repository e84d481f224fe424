@testable import SignetCrypto
@testable import SignetRuntime

/// Checks the properties of the targets, and keeps what the server keeps between inputs. For one thread.
final class FuzzBench {
    /// A thread of the server's takes apart one token after the other with one reader.
    let tokenReader = JWSReader()
    /// A request from a proxy that is trusted.
    let exchange: Exchange

    init() throws {
        guard let peer = SocketAddress(host: "127.0.0.1", port: 1),
            let proxies = AddressRange("127.0.0.0/8")
        else { throw Violation("an address") }
        exchange = Exchange(
            on: try EventLoop(), peer: peer, trustedProxies: TrustedProxies([proxies]))
    }

    /// Throws a `Violation` when a property of `target` does not hold for `input`. What is read beyond
    /// the input is for the address sanitizer to find.
    func check(_ target: FuzzTarget, _ input: UnsafeRawBufferPointer) throws {
        switch target {
        case .http: try HTTPProperties.check(input)
        case .multipart: try MultipartProperties.check(input)
        case .form: try FormProperties.check(input)
        case .json: try JSONProperties.check(input)
        case .jws: try JWSProperties.check(input, kept: tokenReader)
        case .jwk: try JWKProperties.check(input)
        case .base64url: try Base64Properties.check(input)
        case .life: try LifeProperties.check(input)
        case .settings: try SettingsProperties.check(input)
        case .cookies: try CookieProperties.check(input, exchange)
        case .forwarded: try ForwardedProperties.check(input, exchange)
        }
    }
}
