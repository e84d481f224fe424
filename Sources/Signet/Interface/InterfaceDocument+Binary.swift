internal import CInterface
internal import SignetCrypto
internal import SignetHandlers
internal import Synchronization

extension InterfaceDocument {
    /// docs/openapi.yaml as it is in this binary.
    static let text: [UInt8] = {
        var length = 0
        let bytes = signet_interface_document(&length)
        return Array(UnsafeBufferPointer(start: bytes, count: length))
    }()

    /// The document, and its page, of a server that clients reach at `url`.
    init(at url: String) {
        let page = FirstUse { InterfacePage(InterfaceDocument.text, url: url).sent }
        self.init(yaml: Self.text) { await page.value }
    }
}

extension InterfacePage {
    /// As it goes to a browser.
    fileprivate var sent: InterfaceDocument.Page {
        InterfaceDocument.Page(
            html: Array(html.utf8),
            styleDigest: SignetCrypto.Base64.encode(SHA256Digest.digest(Array(Self.style.utf8))))
    }
}

/// A value that is made when it is first asked for, by Swift's global pool: it takes longer than a loop may be held up.
private final class FirstUse<Value: Sendable>: Sendable {
    private let make: @Sendable () -> Value
    private let task = Mutex<Task<Value, Never>?>(nil)

    init(_ make: @escaping @Sendable () -> Value) {
        self.make = make
    }

    var value: Value {
        get async { await begun().value }
    }

    /// Never inlined into an async function: docs/decisions/0008-mutex-in-tasks.md.
    @inline(never)
    private func begun() -> Task<Value, Never> {
        task.withLock { task in
            if let task { return task }
            let new = Task.detached { [make] in make() }
            task = new
            return new
        }
    }
}
