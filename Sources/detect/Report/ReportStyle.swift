/// How a report looks, by day and by night.
enum ReportStyle {
  static let sheet = """
    :root { color-scheme: light dark; --page: #f7f7f5; --card: #ffffff; --ink: #1d2127;
      --soft: #626b76; --line: #dfe2e6; --accent: #2563c9; --found: #2f7fe0; --alone: #14a35a;
      --missed: #e08a00; --wrong: #d23b3b; --front: #14a35a; }
    @media (prefers-color-scheme: dark) { :root { --page: #14171b; --card: #1d2127;
      --ink: #e8eaed; --soft: #9aa4b0; --line: #343a42; --accent: #7db1ff; --found: #5aa2ff;
      --alone: #35d07f; --missed: #ffb84a; --wrong: #ff6b6b; --front: #35d07f; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 64px; }
    h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -0.01em; }
    h2 { font-size: 18px; margin: 40px 0 12px; }
    p { margin: 0 0 12px; } .soft { color: var(--soft); }
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 18px 20px; }
    .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 0; }
    .fact { flex: 1 1 180px; } .fact b { display: block; font-size: 20px; }
    .fact span { color: var(--soft); font-size: 13px; }
    .scroll { overflow-x: auto; padding: 6px 4px; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
      font-size: 14px; }
    th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line);
      white-space: nowrap; }
    th:first-child, td:first-child { text-align: left; }
    thead th { color: var(--soft); font-weight: 600; }
    tbody tr:last-child td { border-bottom: 0; }
    tr.front td:first-child { font-weight: 650; }
    tr.front td:first-child::before { content: "\\25CF\\00A0"; color: var(--front); }
    td.best { font-weight: 700; color: var(--front); }
    svg.chart { width: 100%; height: auto; display: block; }
    svg.chart text { fill: var(--ink); font-size: 13px; }
    svg.chart .tick { fill: var(--soft); font-size: 12px; }
    svg.chart .grid { stroke: var(--line); stroke-width: 1; }
    svg.chart .frontline { fill: none; stroke: var(--front); stroke-width: 2.5;
      stroke-dasharray: 6 5; opacity: 0.8; }
    svg.chart .dot { fill: var(--card); stroke: var(--accent); stroke-width: 2.5; }
    svg.chart .dot.front { fill: var(--front); stroke: var(--front); }
    .bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 8px 14px;
      align-items: center; font-size: 14px; }
    .bar { display: flex; height: 16px; border-radius: 4px; overflow: hidden; }
    .bar i { display: block; height: 100%; }
    .pre { background: #8fb8f0; } .net { background: #2f6fd0; } .post { background: #f0a54a; }
    .keys { display: flex; flex-wrap: wrap; gap: 18px; margin: 0 0 14px; font-size: 14px; }
    .keys i { display: inline-block; width: 20px; height: 12px; margin-right: 7px;
      vertical-align: -1px; border-radius: 2px; }
    .keys .k-found { border: 2px solid var(--found); } .keys .k-alone { border: 3px solid var(--alone); }
    .keys .k-missed { border: 2px dashed var(--missed); } .keys .k-wrong { border: 1px solid var(--wrong); }
    .picture { margin: 0 0 22px; } .picture h3 { font-size: 14px; margin: 0 0 10px;
      overflow-wrap: anywhere; }
    .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr));
      gap: 14px; }
    figure { margin: 0; } figure svg { width: 100%; height: auto; display: block;
      border-radius: 6px; background: #000; }
    figcaption { font-size: 13px; margin-top: 5px; display: flex; justify-content: space-between;
      gap: 8px; } figcaption span { color: var(--soft); text-align: right; }
    figure rect { fill: none; vector-effect: non-scaling-stroke; }
    .b-found { stroke: #3d94ff; stroke-width: 2; } .b-alone { stroke: #1fe07c; stroke-width: 3.5; }
    .b-missed { stroke: #ffb020; stroke-width: 2; stroke-dasharray: 5 4; }
    .b-wrong { stroke: #ff5050; stroke-width: 1.2; }
    .store { position: absolute; width: 0; height: 0; overflow: hidden; }
    @media print { .card { break-inside: avoid; } }
    """
}
