/// Why a request is refused. The connection must be closed after the answer, because where the next
/// request would begin is not known.
package struct HTTPRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong.
    package enum Reason: Equatable, Sendable, CaseIterable {
        case malformedRequestLine, malformedTarget, unsupportedVersion, unsupportedMethod
        case malformedField, bareLineFeed, bareCarriageReturn, tooManyFields
        case requestLineTooLong, headTooLong
        case missingHost, repeatedHost, malformedHost
        case malformedContentLength, repeatedContentLength, contentLengthWithTransferEncoding
        case malformedTransferEncoding, unsupportedTransferEncoding, unsupportedExpectation
        case malformedChunk, malformedTrailer, trailersTooLong, bodyTooLong
        case requestTimedOut
    }

    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }

    /// The status code to answer with (RFC 9110 section 15).
    package var status: HTTPStatus {
        switch reason {
        case .malformedRequestLine, .malformedTarget, .malformedField, .bareLineFeed,
            .bareCarriageReturn, .missingHost, .repeatedHost, .malformedHost,
            .malformedContentLength, .repeatedContentLength, .contentLengthWithTransferEncoding,
            .malformedTransferEncoding, .malformedChunk, .malformedTrailer:
            .badRequest
        case .bodyTooLong: .contentTooLarge
        case .requestTimedOut: .requestTimeout
        case .requestLineTooLong: .uriTooLong
        case .unsupportedExpectation: .expectationFailed
        case .tooManyFields, .headTooLong, .trailersTooLong: .requestHeaderFieldsTooLarge
        case .unsupportedMethod, .unsupportedTransferEncoding: .notImplemented
        case .unsupportedVersion: .httpVersionNotSupported
        }
    }

    /// One sentence for the client and the log. It repeats nothing of what the client sent.
    package var text: StaticString {
        switch reason {
        case .malformedRequestLine: "The request line is malformed."
        case .malformedTarget: "The request target is malformed."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are supported."
        case .unsupportedMethod: "CONNECT is not supported."
        case .malformedField: "A header field is malformed."
        case .bareLineFeed: "A line ends without a carriage return."
        case .bareCarriageReturn: "A carriage return stands alone."
        case .tooManyFields: "There are too many header fields."
        case .requestLineTooLong: "The request line is too long."
        case .headTooLong: "The header fields are too long."
        case .missingHost: "The Host field is missing."
        case .repeatedHost: "There is more than one Host field."
        case .malformedHost: "The host is malformed."
        case .malformedContentLength: "Content-Length is not a number."
        case .repeatedContentLength: "There is more than one Content-Length."
        case .contentLengthWithTransferEncoding:
            "Content-Length and Transfer-Encoding exclude each other."
        case .malformedTransferEncoding: "Transfer-Encoding does not end the body."
        case .unsupportedTransferEncoding: "The only supported transfer coding is chunked."
        case .unsupportedExpectation: "The only supported expectation is 100-continue."
        case .malformedChunk: "A chunk of the body is malformed."
        case .malformedTrailer: "A trailer field is malformed."
        case .trailersTooLong: "The trailer fields are too long."
        case .bodyTooLong: "The body is too long."
        case .requestTimedOut: "The request did not arrive in time."
        }
    }

    package var description: String { "\(status.rawValue) \(text)" }
}
