"""How the page of a drill looks: light and dark as the reader's system is, and legible on a phone."""

from domain.timeline import LEADS_TO

COLOURS = ("#8a63d2", "#c2569b", "#d1762b", "#3d9bd0", "#2f6fdf", "#1f9e8f", "#4fa64f", "#98a2ae")
PHASES = dict(zip(LEADS_TO.values(), COLOURS, strict=True))

STYLE = """
:root { color-scheme: light dark;
  --page: #ffffff; --card: #f5f7f9; --ink: #1a1f26; --quiet: #5a6572; --line: #d7dde4;
  --passed: #1a7437; --missed: #8f6000; --failed: #b3261e; --achieved: #2f6fdf; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f1318; --card: #181e25; --ink: #e7eaee; --quiet: #9ba6b3; --line: #2d353f;
  --passed: #4fc274; --missed: #dba53a; --failed: #ff7a70; --achieved: #6ea2ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.25rem 1rem 3rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; line-height: 1.35; margin: .2rem 0 .6rem; }
h2 { font-size: 1rem; margin: 2rem 0 .6rem; }
p, ul, dl { margin: .4rem 0; }
ul { padding-left: 1.2rem; }
code { font: .9em ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
.quiet, figcaption { color: var(--quiet); font-size: .9rem; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; border: 1px solid currentColor;
  font-size: .85rem; font-weight: 600; }
.passed { color: var(--passed); } .missed { color: var(--missed); } .failed { color: var(--failed); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.first { border-left: .3rem solid var(--failed); }
.first.missed { border-color: var(--missed); color: inherit; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .8rem; }
.figure { font-size: 1.6rem; font-weight: 650; line-height: 1.2; color: inherit; }
.meter { height: .5rem; border-radius: .25rem; background: var(--line); overflow: hidden; margin-top: .5rem; }
.meter i { display: block; height: 100%; min-width: 3px; background: currentColor; }
.phases { display: flex; gap: 2px; height: 1.9rem; border-radius: .4rem; overflow: hidden;
  margin-bottom: .7rem; }
.phases i { min-width: 4px; flex-basis: 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--quiet); font-weight: 500; }
th, td { padding: .25rem .6rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; white-space: nowrap; }
.swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .45rem; }
.checks { list-style: none; padding: 0; margin: 0; }
.checks li { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; padding: .45rem 0;
  border-bottom: 1px solid var(--line); }
.checks li > p { grid-column: 1 / -1; margin: 0; }
.checks b { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .25rem 1rem; }
dt { color: var(--quiet); } dd { margin: 0; }
figure { margin: 0; } figure svg { display: block; width: 100%; height: auto; max-width: 34rem; }
svg text { font-size: 10px; fill: var(--quiet); } svg text.promise { fill: var(--failed); }
svg .grid { stroke: var(--line); } svg polyline { fill: none; }
svg polyline.promise { stroke: var(--failed); stroke-dasharray: 4 3; }
svg .achieved { stroke: var(--achieved); stroke-width: 1.5; opacity: .6; }
svg .mark { stroke-width: 2; stroke: var(--achieved); fill: var(--achieved); }
svg .mark.missed { stroke: var(--missed); fill: var(--page); }
svg .mark.failed { stroke: var(--failed); fill: none; stroke-width: 2.5; }
footer { margin-top: 2.5rem; }
"""
