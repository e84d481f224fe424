internal import CCurl
internal import Glibc

/// One request to another server, on its way through libcurl. Touched only on its loop's thread.
final class Transfer {
    /// How it ended; nil when it was not let go on.
    typealias End = (CURLcode?) -> Void

    let easy: UnsafeMutableRawPointer
    let url: OutboundURL
    /// What came, up to `bodyBytesMax`.
    private(set) var body: [UInt8] = []
    private var isTooLarge = false
    private let bodyBytesMax: Int
    /// What goes, when it is a mail.
    private let message: [UInt8]
    private var sentBytes = 0
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var isComplete = true
    private var whenEnded: End?

    /// Nil without memory.
    ///
    /// - Parameters:
    ///   - bodyBytesMax: more than this ends the transfer.
    ///   - message: what is sent, when it is a mail.
    init?(to url: OutboundURL, bodyBytesMax: Int, message: [UInt8] = []) {
        guard let easy = signet_curl_new() else {
            errorText.deallocate()
            return nil
        }
        self.easy = easy
        self.url = url
        self.bodyBytesMax = bodyBytesMax
        self.message = message
        errorText.initialize(to: 0)
        // Not retained: whoever runs a transfer holds it until its end.
        let context = Unmanaged.passUnretained(self).toOpaque()
        note(signet_curl_set_error_text(easy, errorText))
        note(signet_curl_set_writer(easy, Self.receive, context))
        if !message.isEmpty {
            note(signet_curl_set_reader(easy, Self.supply, context, curl_off_t(message.count)))
        }
    }

    deinit {
        signet_curl_free(easy)
        for list in lists { signet_curl_list_free(list) }
        errorText.deallocate()
    }

    // MARK: Setting up

    func set(_ option: CURLoption, _ value: Int) {
        note(signet_curl_set_number(easy, option, value))
    }

    func set(_ option: CURLoption, _ text: String) {
        note(signet_curl_set_text(easy, option, text))
    }

    /// - Parameter items: not empty.
    func set(_ option: CURLoption, list items: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for item in items {
            guard let longer = signet_curl_list_append(list, item) else {
                isComplete = false
                break
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        note(signet_curl_set_list(easy, option, list))
    }

    func setForm(_ form: [UInt8]) {
        note(
            form.withUnsafeBytes { bytes in
                // Without an address libcurl would read the body elsewhere.
                bytes.isEmpty
                    ? signet_curl_set_post_body(easy, "", 0)
                    : signet_curl_set_post_body(easy, bytes.baseAddress, curl_off_t(bytes.count))
            })
    }

    // MARK: Running

    /// Begins. Throws when libcurl took one of the options for none of its own.
    func start(on multi: CurlMulti, whenEnded: @escaping End) {
        self.whenEnded = whenEnded
        guard isComplete else { return end(CURLE_UNKNOWN_OPTION) }
        multi.start(self)
    }

    /// Notes the end.
    func end(_ code: CURLcode?) {
        let whenEnded = whenEnded
        self.whenEnded = nil
        whenEnded?(code)
    }

    // MARK: What came

    var status: Int { signet_curl_status(easy) }

    /// Where the answer redirects to.
    var redirection: String? { signet_curl_redirection(easy).map { String(cString: $0) } }

    /// The first field with this name; empty when there is none.
    func field(_ name: String) -> String {
        signet_curl_field(easy, name).map { String(cString: $0) } ?? ""
    }

    /// Why it did not succeed.
    func error(_ code: CURLcode) -> OutboundError {
        if isTooLarge {
            return OutboundError(.tooLarge, "\(url.host): more than \(bodyBytesMax) bytes")
        }
        let said = String(cString: errorText)
        let text = said.isEmpty ? String(cString: signet_curl_text(code)) : said
        let status = status
        let detail = "\(url.host): \(Self.printable(text))"
        return OutboundError(
            Self.reason(code), status > 0 ? "\(detail) (status \(status))" : detail)
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK { isComplete = false }
    }

    /// As much as a log line should hold of what another server may have said.
    private static func printable(_ text: String) -> String {
        let bytes = text.utf8.prefix(256).map {
            (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func reason(_ code: CURLcode) -> OutboundError.Reason {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: .unreachable
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            .insecure
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_LOGIN_DENIED: .loginDenied
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_UNKNOWN_OPTION: .refused
        default: .failed
        }
    }

    // MARK: Callbacks

    private static let receive: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let transfer = Transfer.from(context) else { return 0 }
        let received = UnsafeRawBufferPointer(start: bytes, count: size * count)
        guard received.count <= transfer.bodyBytesMax - transfer.body.count else {
            transfer.isTooLarge = true
            return 0
        }
        transfer.body.append(contentsOf: received)
        return received.count
    }

    private static let supply: curl_read_callback = { target, size, count, context in
        guard let target, let transfer = Transfer.from(context) else { return 0 }
        let part = transfer.message[transfer.sentBytes...].prefix(size * count)
        part.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            _ = memcpy(target, start, bytes.count)
        }
        transfer.sentBytes += part.count
        return part.count
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        guard let context else { return nil }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}
