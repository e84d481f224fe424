import SignetHandlers
import Testing

@testable import signet

@Suite("InterfacePage: the interface document as a page")
struct InterfacePageTests {
    private static let document = """
        info:
          title: Tokens & <more>
          version: '1.0'
          description: |
            The `first` paragraph,
            in two lines.

            - one `item`
            - another
        tags:
        - name: Keys & such
          description: What they are.
        paths:
          /keys/{id}:
            get:
              tags: [Keys & such]
              summary: Shows `one`
              operationId: showKey
              security: [{key: []}, {}]
              parameters:
              - {$ref: '#/components/parameters/Id'}
              x-codeSamples:
              - lang: Shell
                label: curl
                source: |
                  curl "$SIGNET/keys/1" --data '{"a":"<b>"}'
              responses:
                '200':
                  description: The key.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Key'}
                      example: {id: 1, name: 'true', live: true, none: null, list: [1.5, a]}
                '404': {$ref: '#/components/responses/Missing'}
        components:
          securitySchemes:
            key: {type: apiKey, in: header, name: Authorization, description: The key.}
          parameters:
            Id: {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
          responses:
            Missing: {description: There is none.}
          schemas:
            Key:
              type: object
              required: [id]
              properties:
                id: {type: integer}
                name: {type: string, maxLength: 9, default: x, description: A `name`.}
                kind: {enum: [a, b]}
        """

    private static let page = InterfacePage(Array(document.utf8), url: "https://a.example/\"b").html

    @Test(
        "shows what the document says",
        arguments: [
            "<title>Tokens &amp; &lt;more&gt; 1.0</title>",
            "<p>The <code>first</code> paragraph,\nin two lines.</p>",
            "<li>one <code>item</code></li>\n<li>another</li>",
            "<a href=\"#tag-keyssuch\">Keys &amp; such</a>",
            "<li><a href=\"#showKey\">GET /keys/{id}</a></li>", "<div id=\"showKey\">",
            "<b>GET</b> <code>/keys/{id}</code> Shows <code>one</code>",
            "<p><code>Authorization</code>: The key.<br>or what the body says, or nothing</p>",
            "<tr><td><code>id</code><td>path, required<td>integer, from 1",
            "<code>application/json</code>: <a href=\"#shape-Key\">Key</a>", "There is none.",
            "<pre>curl &quot;$SIGNET/keys/1&quot; --data &#39;{&quot;a&quot;:&quot;&lt;b&gt;&quot;}&#39;</pre>",
            "<div id=\"shape-Key\">", "<tr><td><code>id</code><td>required<td>integer",
            "string, at most 9 characters, <code>&quot;x&quot;</code> unless given<p>A <code>name</code>.</p>",
            "<code>&quot;a&quot;</code> or <code>&quot;b&quot;</code>",
            "SIGNET=https://a.example/&quot;b", "<style>\(InterfacePage.style)</style>",
        ])
    func texts(_ text: String) {
        #expect(Self.page.contains(text), "\(Self.page)")
    }

    @Test("shows examples as JSON")
    func example() {
        let json = """
            {
              "id": 1,
              "name": "true",
              "live": true,
              "none": null,
              "list": [
                1.5,
                "a"
              ]
            }
            """
        #expect(Self.page.contains("<pre>\(HTMLText.escaped(json))</pre>"))
    }

    @Test("can be made of the document in the binary")
    func own() {
        let page = InterfacePage(InterfaceDocument.text, url: "http://localhost").html
        #expect(page.contains("<code>/app/{app_id}/sign</code>"))
        #expect(page.utf8.count > 100_000)
    }
}
