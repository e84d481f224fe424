/// A chart of lines, as SVG inside a page. Its colours are the page's.
struct Chart {
    /// One line.
    struct Series {
        let name: String
        /// `first`, `second` or `third`: the page's colour for it.
        let style: String
        let points: [Point]
        /// Whether the area below the line is filled.
        var isFilled = false
    }

    /// A point of a line, with what is shown when somebody points at it.
    struct Point {
        let x: Double
        let y: Double
        let label: String
    }

    private static let (width, height) = (560.0, 268.0)
    private static let (left, right, top, bottom) = (66.0, 12.0, 12.0, 32.0)

    let title: String
    /// What the axes are.
    let note: String
    let x: ChartAxis
    let y: ChartAxis
    let series: [Series]

    /// The chart with its heading and, for several lines, a legend.
    var html: String {
        let legend =
            series.count < 2
            ? ""
            : series.map { #"<span class="key \#($0.style)">\#(HTMLText.escaped($0.name))</span>"# }
                .joined()
        return """
            <figure><figcaption><h2>\(HTMLText.escaped(title))</h2>
            <p>\(HTMLText.escaped(note))<span class="keys">\(legend)</span></p></figcaption>
            <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" \
            aria-label="\(HTMLText.escaped(title))">
            \(grid)\(series.map(line).joined(separator: "\n"))
            \(series.map(marks).joined(separator: "\n"))
            </svg></figure>
            """
    }

    private var grid: String {
        let right = Self.number(Self.width - Self.right)
        let left = Self.number(Self.left)
        let rows = y.ticks.map { tick in
            let at = Self.number(Self.down(tick.position))
            return """
                <line class="grid" x1="\(left)" x2="\(right)" y1="\(at)" y2="\(at)"/>\
                <text class="tick" text-anchor="end" x="\(Self.number(Self.left - 10))" y="\(at)" \
                dy="4">\(HTMLText.escaped(tick.label))</text>
                """
        }
        let columns = x.ticks.map { tick in
            let at = Self.number(Self.across(tick.position))
            let anchor = tick.position > 0.97 ? "end" : "middle"
            return """
                <text class="tick" text-anchor="\(anchor)" x="\(at)" \
                y="\(Self.number(Self.height - 10))">\(HTMLText.escaped(tick.label))</text>
                """
        }
        return (rows + columns).joined(separator: "\n") + "\n"
    }

    private func line(_ series: Series) -> String {
        guard let first = series.points.first, let last = series.points.last else { return "" }
        let path = series.points.map { place($0) }.joined(separator: " L")
        var result = ""
        if series.isFilled {
            let ground = Self.number(Self.down(0))
            let (from, to) = (
                Self.number(Self.across(x.position(first.x))),
                Self.number(Self.across(x.position(last.x)))
            )
            result += """
                <path class="area \(series.style)" d="M\(from) \(ground) L\(path) L\(to) \(ground) Z"/>
                """
        }
        return result + #"<path class="line \#(series.style)" d="M\#(path)"/>"#
    }

    /// Targets around the points, larger than what is seen, that say the figures.
    private func marks(_ series: Series) -> String {
        series.points.map { point in
            let at = (
                Self.number(Self.across(x.position(point.x))),
                Self.number(Self.down(y.position(point.y)))
            )
            return """
                <circle class="mark \(series.style)" cx="\(at.0)" cy="\(at.1)" r="6">\
                <title>\(HTMLText.escaped(point.label))</title></circle>
                """
        }.joined()
    }

    private func place(_ point: Point) -> String {
        Self.number(Self.across(x.position(point.x))) + " "
            + Self.number(Self.down(y.position(point.y)))
    }

    private static func across(_ position: Double) -> Double {
        left + position * (width - left - right)
    }

    private static func down(_ position: Double) -> Double {
        height - bottom - position * (height - bottom - top)
    }

    /// A coordinate, to a tenth.
    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
