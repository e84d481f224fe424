internal import Yams

/// The interface document as a page to read: HTML with its style in it, no script, and nothing that a browser would
/// load.
struct InterfacePage {
    /// The methods of HTTP as members of a path, in the order in which they are shown.
    private static let methods = ["get", "post", "put", "patch", "delete", "options"]

    /// A method of a path.
    private struct Operation {
        let method: String
        let path: String
        let node: DocumentNode
        /// Whether it is on the admin listener.
        let isAdmins: Bool

        var id: String { node["operationId"]?.text ?? "" }
    }

    private let document: DocumentNode
    private let shapes: InterfaceShapes
    private let operations: [Operation]
    /// Where clients reach the server, without a slash at its end.
    private let url: String

    /// - Parameter yaml: the document, which has to be one.
    init(_ yaml: [UInt8], url: String) {
        guard let root = try? Yams.compose(yaml: String(decoding: yaml, as: UTF8.self)) else {
            preconditionFailure("the interface document is no YAML")
        }
        document = DocumentNode(root)
        shapes = InterfaceShapes(document)
        self.url = url
        operations = (document["paths"]?.members ?? []).flatMap { path, item in
            Self.methods.compactMap { method in
                item[method].map {
                    Operation(
                        method: method.uppercased(), path: path, node: $0,
                        isAdmins: item["servers"] != nil)
                }
            }
        }
    }

    /// The page.
    var html: String {
        let title = HTMLText.escaped(
            "\(document["info"]?["title"]?.text ?? "") \(document["info"]?["version"]?.text ?? "")")
        let tags = document["tags"]?.items ?? []
        return """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            <header>
            <h1>\(title)</h1>
            \(HTMLText.blocks(document["info"]?["description"]?.text ?? ""))\
            <p>This page is made of <a href="\(HTMLText.escaped(url))/openapi.yaml">openapi.yaml</a>. Its commands take
            the server from a variable:</p>
            <pre>SIGNET=\(HTMLText.escaped(url))</pre>
            </header>
            <nav>
            \(tags.map(contents(of:)).joined())\
            <h2><a href="#shapes">Shapes</a></h2>
            </nav>
            <main>
            \(tags.map(section(of:)).joined())\
            <section id="shapes">
            <h2>Shapes</h2>
            \(shapes.html)\
            </section>
            </main>
            </html>

            """
    }

    private func operations(of tag: DocumentNode) -> [Operation] {
        let name = tag["name"]?.text
        return operations.filter { $0.node["tags"]?.items.first?.text == name }
    }

    /// What an anchor of a tag is called.
    private func anchor(_ tag: DocumentNode) -> String {
        let name = tag["name"]?.text ?? ""
        return "tag-" + String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    private func contents(of tag: DocumentNode) -> String {
        let items = operations(of: tag).map { operation in
            "<li><a href=\"#\(HTMLText.escaped(operation.id))\">\(operation.method) "
                + "\(HTMLText.escaped(operation.path))</a></li>\n"
        }
        return """
            <h2><a href="#\(anchor(tag))">\(HTMLText.escaped(tag["name"]?.text ?? ""))</a></h2>
            <ul>
            \(items.joined())</ul>

            """
    }

    private func section(of tag: DocumentNode) -> String {
        """
        <section id="\(anchor(tag))">
        <h2>\(HTMLText.escaped(tag["name"]?.text ?? ""))</h2>
        \(HTMLText.blocks(tag["description"]?.text ?? ""))\
        \(operations(of: tag).map(entry(of:)).joined())\
        </section>

        """
    }

    /// An operation. Its anchor is within what opens, so that a link to it opens that.
    private func entry(of operation: Operation) -> String {
        let node = operation.node
        return """
            <details>
            <summary><b>\(operation.method)</b> \(HTMLText.code(operation.path)) \
            \(HTMLText.line(node["summary"]?.text ?? ""))</summary>
            <div id="\(HTMLText.escaped(operation.id))">
            \(HTMLText.blocks(node["description"]?.text ?? ""))\
            \(operation.isAdmins ? "<p>On the admin listener.</p>\n" : "")\
            \(credential(of: node))\
            \(parameters(of: node))\
            \(body(of: node))\
            \(answers(of: node))\
            \(samples(of: node))\
            </div>
            </details>

            """
    }

    /// What has to be shown, if anything.
    private func credential(of operation: DocumentNode) -> String {
        let schemes = document["components"]?["securitySchemes"]
        let ways = (operation["security"]?.items ?? []).map { way in
            let names = way.members.map(\.name)
            guard !names.isEmpty else { return "what the body says, or nothing" }
            return names.map { HTMLText.line(text(of: schemes?[$0])) }.joined(separator: " and ")
        }
        guard !ways.isEmpty else { return "" }
        return "<h4>Credential</h4>\n<p>\(ways.joined(separator: "<br>or "))</p>\n"
    }

    /// Where a credential stands, and what it is.
    private func text(of scheme: DocumentNode?) -> String {
        guard let scheme else { return "" }
        let name = scheme["name"]?.text ?? ""
        let place =
            switch (scheme["scheme"]?.text, scheme["in"]?.text) {
            case ("basic", _): "`Authorization: Basic`"
            case ("bearer", _): "`Authorization: Bearer`"
            case (_, "cookie"): "Cookie `\(name)`"
            case (_, "query"): "Query `\(name)`"
            default: "`\(name)`"
            }
        return "\(place): \(scheme["description"]?.text ?? "")"
    }

    private func parameters(of operation: DocumentNode) -> String {
        let rows = (operation["parameters"]?.items ?? []).map { item in
            let parameter = shapes.resolved(item)
            return """
                <tr><td>\(HTMLText.code(parameter["name"]?.text ?? ""))<td>\
                \(HTMLText.escaped(parameter["in"]?.text ?? ""))\
                \(parameter["required"]?.text == "true" ? ", required" : "")<td>\
                \(parameter["schema"].map(shapes.phrase) ?? "")\
                \(HTMLText.blocks(parameter["description"]?.text ?? ""))

                """
        }
        guard !rows.isEmpty else { return "" }
        return "<h4>Parameters</h4>\n<table>\n\(rows.joined())</table>\n"
    }

    private func body(of operation: DocumentNode) -> String {
        guard let body = operation["requestBody"] else { return "" }
        return "<h4>Body</h4>\n" + content(of: shapes.resolved(body), withExamples: true)
    }

    /// The media types of a body.
    private func content(of node: DocumentNode, withExamples: Bool) -> String {
        (node["content"]?.members ?? []).map { type, media in
            let shape = media["schema"].map(shapes.phrase) ?? ""
            let example = withExamples ? media["example"] : nil
            return "<p>\(HTMLText.code(type)): \(shape)</p>\n"
                + (example.map { "<pre>\(HTMLText.escaped($0.json()))</pre>\n" } ?? "")
        }.joined()
    }

    private func answers(of operation: DocumentNode) -> String {
        let answers = operation["responses"]?.members ?? []
        let refusals = answers.filter { !Self.isSuccess($0.name) }
        return """
            <h4>Answers</h4>
            <table>
            \(answers.filter { Self.isSuccess($0.name) }.map { row($0, withExamples: true) }.joined())</table>
            <details><summary>Refusals</summary>
            <table>
            \(refusals.map { row($0, withExamples: false) }.joined())</table>
            </details>

            """
    }

    private static func isSuccess(_ status: String) -> Bool {
        status.hasPrefix("2") || status.hasPrefix("3")
    }

    private func row(
        _ answer: (name: String, value: DocumentNode), withExamples: Bool
    ) -> String {
        let node = shapes.resolved(answer.value)
        let fields = (node["headers"]?.members ?? []).map { HTMLText.code($0.name) }
        return """
            <tr><td>\(HTMLText.code(answer.name))<td>\
            \(HTMLText.blocks(node["description"]?.text ?? ""))\
            \(fields.isEmpty ? "" : "<p>With \(fields.joined(separator: ", ")).</p>\n")\
            \(content(of: node, withExamples: withExamples))
            """
    }

    private func samples(of operation: DocumentNode) -> String {
        (operation["x-codeSamples"]?.items ?? []).map { sample in
            "<h4>\(HTMLText.escaped(sample["label"]?.text ?? ""))</h4>\n"
                + "<pre>\(HTMLText.escaped(HTMLText.trimmed(sample["source"]?.text ?? "")))</pre>\n"
        }.joined()
    }
}
