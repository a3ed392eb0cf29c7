namespace EarlyExitGen.Lab.Reports;

/// <summary>The style sheet of the HTML report.</summary>
internal static class HtmlStyle
{
    public const string Sheet = """
        :root {
          color-scheme: light dark;
          --page: #fcfcfb; --panel: #ffffff; --ink: #1b1b19; --quiet: #62625c; --grid: #e4e4df;
          --first: #2568c4; --second: #c9541c; --third: #2c8a57; --loss: #b3261e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #171716; --panel: #20201f; --ink: #eeeeea; --quiet: #a9a9a1; --grid: #383835;
            --first: #6ba4f2; --second: #f08a56; --third: #5cc08d; --loss: #ff8a80;
          }
        }
        @media print {
          :root {
            color-scheme: light;
            --page: #ffffff; --panel: #ffffff; --ink: #000000; --quiet: #444444; --grid: #dddddd;
            --first: #2568c4; --second: #c9541c; --third: #2c8a57; --loss: #b3261e;
          }
          figure, .tile, tr { break-inside: avoid; }
          h2 { break-after: avoid; }
          .heat td, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 20px 16px 48px; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 8px 0 4px; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin: 36px 0 6px; overflow-wrap: anywhere; }
        p, ul { margin: 6px 0 12px; max-width: 75ch; }
        li { margin: 3px 0; overflow-wrap: anywhere; }
        .quiet { color: var(--quiet); }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 12px; margin: 16px 0; }
        .tile { background: var(--panel); border: 1px solid var(--grid); border-radius: 8px; padding: 12px 14px; }
        .tile span { display: block; color: var(--quiet); font-size: .85rem; }
        .tile strong { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 16px; }
        figure { margin: 0; max-width: 620px; background: var(--panel); border: 1px solid var(--grid); border-radius: 8px; padding: 8px; }
        figcaption { color: var(--quiet); font-size: .85rem; text-align: center; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; height: auto; }
        .tick, .name { fill: var(--quiet); font: 10.5px system-ui, sans-serif; }
        .name { fill: var(--ink); }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .axis { stroke: var(--quiet); stroke-width: 1; }
        .line { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linejoin: round; }
        .bar { fill: var(--hue); fill-opacity: .55; }
        .point { fill: var(--hue); stroke: var(--panel); stroke-width: 1.5; }
        .rule { stroke: var(--hue); stroke-width: 1.5; stroke-dasharray: 5 4; }
        .first { --hue: var(--first); } .second { --hue: var(--second); } .third { --hue: var(--third); }
        .neutral { --hue: var(--quiet); } .danger { --hue: var(--loss); }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: .9rem; }
        .key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; background: var(--hue); margin-right: 6px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 10px; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; }
        th { font-weight: 600; }
        tr > th:first-child { text-align: left; white-space: normal; min-width: 8em; max-width: 26em; font-weight: 500; }
        .heat td { background: color-mix(in srgb, var(--first) var(--share, 0%), var(--panel)); border: 2px solid var(--page); }
        .heat td.strong { color: var(--page); }
        .heat td.plain { background: none; }
        .loss { color: var(--loss); } .gain { color: var(--third); }
        @media print {
          html, body { font-size: 11px; }
          main { max-width: none; padding: 0; }
          h2 { margin-top: 20px; }
          .plots { grid-template-columns: repeat(2, 1fr); gap: 10px; }
          .scroll { overflow: visible; }
          th, td { padding: 3px 6px; }
        }

        """;
}
