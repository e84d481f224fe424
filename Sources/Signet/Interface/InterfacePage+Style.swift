extension InterfacePage {
    /// The text of the page's style element. A browser heeds it by its digest, so it is the same wherever it is used.
    static let style = """

        :root { font: 16px/1.5 system-ui, sans-serif; --line: #8884; --soft: #8881; }
        body { margin: 0 auto; max-width: 76rem; padding: 1rem; display: grid; gap: 0 2rem;
          grid-template: "header header" "nav main" / 20rem minmax(0, 1fr); }
        header { grid-area: header; }
        main { grid-area: main; }
        nav { grid-area: nav; position: sticky; top: 0; max-height: 100vh; overflow: auto; font-size: .8rem; }
        nav h2 { font-size: 1em; margin: .8em 0 .2em; }
        nav ul { list-style: none; margin: 0; padding: 0; }
        nav li { overflow-wrap: anywhere; padding-left: 1em; text-indent: -1em; }
        nav a { text-decoration: none; }
        h4 { margin: 1em 0 .3em; }
        code, pre { font: .875em/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 3px; }
        code { padding: .1em .3em; overflow-wrap: anywhere; }
        pre { padding: .7em; white-space: pre-wrap; overflow-wrap: anywhere; }
        details { border: 1px solid var(--line); border-radius: 4px; margin: .4em 0; padding: 0 .8em; }
        details[open] { padding-bottom: .8em; }
        details details { border: 0; padding: 0; }
        details > div { overflow-x: auto; }
        summary { cursor: pointer; padding: .4em 0; }
        summary b { display: inline-block; min-width: 4.5em; }
        table { border-collapse: collapse; width: 100%; }
        td { border-top: 1px solid var(--line); padding: .3em .8em .3em 0; vertical-align: top; }
        td p { margin: .2em 0; }
        td:not(:last-child) { white-space: nowrap; }
        td:last-child { width: 100%; }
        :target { scroll-margin-top: 4rem; }
        @media (max-width: 50rem) {
          body { display: block; }
          nav { position: static; max-height: none; }
        }

        """
}
