/// The grammar of Host, `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
enum HostField {
    /// Checks the host and port in `range` and returns how many bytes the host has, without the
    /// port.
    static func check(_ range: Range<Int>, in head: Span<UInt8>) throws(HTTPRefusal) -> Int {
        guard let hostEnd = endOfHost(range, in: head) else { throw HTTPRefusal(.malformedHost) }
        var index = hostEnd
        if index < range.upperBound {
            guard head[index] == ASCII.colon else { throw HTTPRefusal(.malformedHost) }
            index += 1
        }
        while index < range.upperBound {
            guard ASCII.isDigit(head[index]) else { throw HTTPRefusal(.malformedHost) }
            index += 1
        }
        return hostEnd - range.lowerBound
    }

    private static func endOfHost(_ range: Range<Int>, in head: Span<UInt8>) -> Int? {
        var index = range.lowerBound
        if index < range.upperBound, head[index] == ASCII.leftBracket {
            return endOfLiteral(range, in: head)
        }
        while index < range.upperBound {
            if ASCII.isHostName(head[index]) {
                index += 1
            } else if head[index] == ASCII.percent {
                guard index + 3 <= range.upperBound, ASCII.hexValue(head[index + 1]) != nil,
                    ASCII.hexValue(head[index + 2]) != nil
                else { return nil }
                index += 3
            } else {
                break
            }
        }
        return index
    }

    /// Where an IPv6 address in brackets ends. Its digits are not weighed, only its characters;
    /// addresses of a future version ("v1.") are refused.
    private static func endOfLiteral(_ range: Range<Int>, in head: Span<UInt8>) -> Int? {
        var index = range.lowerBound + 1
        while index < range.upperBound, head[index] != ASCII.rightBracket {
            let byte = head[index]
            guard ASCII.hexValue(byte) != nil || byte == ASCII.colon || byte == 0x2E else {
                return nil
            }
            index += 1
        }
        guard index < range.upperBound, index > range.lowerBound + 2 else { return nil }
        return index + 1
    }
}
