/// What a report's page looks like, in light and in dark.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --page: #f7f7f5; --card: #ffffff; --ink: #1d1f23;
        --soft: #5f646d; --rule: #e4e4e0; --first: #2a6fdb; --second: #c9561c; --third: #8a8f98;
        --area: #2a6fdb1f; --bad: #b3261e; --note: #fff4d6; }
        @media (prefers-color-scheme: dark) { :root { --page: #15171a; --card: #1d2024;
        --ink: #eceef1; --soft: #a0a6b0; --rule: #2f343a; --first: #6ea8ff; --second: #f2935c;
        --third: #858c97; --area: #6ea8ff26; --bad: #ff8a80; --note: #3a3118; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 64px; }
        h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
        h2 { font-size: 16px; margin: 0; }
        .lead { color: var(--soft); margin: 0 0 28px; }
        .tiles { display: grid; gap: 12px; margin: 0 0 20px;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
        .tile, figure, section { background: var(--card); border: 1px solid var(--rule);
        border-radius: 10px; }
        .tile { padding: 14px 16px; }
        .tile b { display: block; font-size: 25px; line-height: 1.25; font-weight: 650;
        letter-spacing: -0.01em; white-space: nowrap; }
        .tile span { color: var(--soft); font-size: 13px; }
        .tile.bad b { color: var(--bad); }
        .note { background: var(--note); border-radius: 10px; padding: 12px 16px; margin: 0 0 20px; }
        .grid2 { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit,
        minmax(min(100%, 520px), 1fr)); margin: 0 0 20px; align-items: start; }
        figure { margin: 0; padding: 18px 18px 10px; }
        figcaption p { margin: 0 0 8px; color: var(--soft); font-size: 13px; display: flex;
        flex-wrap: wrap; gap: 4px 18px; justify-content: space-between; }
        .keys { display: flex; gap: 16px; }
        .key::before { content: ""; display: inline-block; width: 14px; height: 3px;
        border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
        .key.first::before { background: var(--first); }
        .key.second::before { background: var(--second); }
        .key.third::before { background: var(--third); }
        svg { display: block; width: 100%; height: auto; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .tick { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line.first { stroke: var(--first); }
        .line.second { stroke: var(--second); }
        .line.third { stroke: var(--third); stroke-width: 1.5; stroke-dasharray: 2 4; }
        .area { fill: var(--area); }
        .mark { fill: transparent; }
        .mark:hover { fill: currentColor; fill-opacity: 0.35; }
        section { padding: 18px; overflow-x: auto; }
        section h2 { margin-bottom: 10px; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { padding: 5px 10px 5px 0; border-top: 1px solid var(--rule); text-align: left;
        vertical-align: top; }
        thead th { border-top: 0; color: var(--soft); font-weight: 500; }
        tbody tr:first-child > * { border-top: 0; }
        tbody th { font-weight: 500; color: var(--soft); white-space: nowrap; }
        table.figures td, table.figures thead th + th { text-align: right;
        font-variant-numeric: tabular-nums; white-space: nowrap; }
        footer { color: var(--soft); font-size: 13px; margin-top: 28px; }
        @media print { body { background: none; } .tile, figure, section { break-inside: avoid; } }
        """
}
