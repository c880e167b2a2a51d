/** Style sheet of all pages; light and dark set their own background. No fonts and pictures from elsewhere. */
export const STYLE = `
:root {
  color-scheme: light;
  --fg: #17212b; --bg: #fbfcfd; --card: #fff; --soft: #eef2f6; --line: #d3dbe3; --quiet: #52606d;
  --link: #0b57a4; --accent: #0b6e99; --accent-soft: #dceef5; --bad: #a4161a; --bad-soft: #fdecec;
  --sea: #e3edf4; --land: #b9c7b4; --code: #7a2f6b;
}
@media (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --fg: #e3e9ee; --bg: #101519; --card: #171e24; --soft: #1f2830; --line: #33404b; --quiet: #a3b1bd;
    --link: #7cbcff; --accent: #5cc4e6; --accent-soft: #163644; --bad: #ff9b9b; --bad-soft: #3a1b1d;
    --sea: #16222b; --land: #44544a; --code: #e6a8d7;
  }
}
* { box-sizing: border-box; }
html { background: var(--bg); color: var(--fg); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
body { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem 4rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); margin: .35rem 0 .5rem; letter-spacing: -.015em; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; }
code, pre, td.value { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; font-size: .875em; }
ul { padding-left: 1.2rem; }
.quiet { color: var(--quiet); }
.failed { color: var(--bad); }
.failed:empty, .quiet:empty { display: none; }

.top { padding: 1.75rem 0 1.25rem; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
.top nav { color: var(--quiet); overflow-wrap: anywhere; font-size: .9rem; }
.lead { color: var(--quiet); max-width: 60rem; overflow-wrap: anywhere; margin: 0; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; font-size: .9rem; }

input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .45rem .65rem; min-width: 0; }
button { cursor: pointer; background: var(--soft); }
button:hover { border-color: var(--accent); }
::placeholder { color: var(--quiet); opacity: 1; }
.search { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.search label { display: grid; gap: .2rem; }
.search label span, .bar label span { font-size: .8rem; color: var(--quiet); }
.search .wide { flex: 1 1 18rem; }
.search .wide input { width: 100%; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2rem; margin-top: 1.5rem; }
#facets h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); margin: 1.25rem 0 .35rem; }
#facets h2:first-child { margin-top: 0; }
#facets ul { list-style: none; margin: 0; padding: 0; max-height: 17rem; overflow-y: auto; }
#facets a { display: flex; justify-content: space-between; gap: .5rem; padding: .2rem .5rem; border-radius: 5px; text-decoration: none; color: inherit; overflow-wrap: anywhere; font-size: .92rem; }
#facets a:hover { background: var(--soft); }
#facets a[aria-current] { background: var(--accent-soft); font-weight: 600; }
.count { color: var(--quiet); font-variant-numeric: tabular-nums; }
.found { font-size: .95rem; font-weight: 600; margin: 0 0 .75rem; color: var(--quiet); }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
.card { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 1.1rem; padding: .9rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; position: relative; }
.card:hover { border-color: var(--accent); }
.card.broken { grid-template-columns: minmax(0, 1fr); background: var(--bad-soft); }
.card h3 { margin: 0 0 .15rem; font-size: 1.05rem; }
.card h3 a { text-decoration: none; }
.card h3 a::after { content: ""; position: absolute; inset: 0; border-radius: 10px; }
.card p { margin: .1rem 0; overflow-wrap: anywhere; font-size: .92rem; }
.card .fact { color: var(--quiet); font-size: .85rem; }
.card .fact span:not(:last-child)::after { content: " · "; }
.intro pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.brand { display: flex; gap: .8rem; align-items: center; }
.brand img { width: 2.4rem; height: 2.4rem; }
.intro { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 38rem); gap: 1.5rem; align-items: center; }
.names code { background: var(--soft); border-radius: 4px; padding: .08rem .35rem; margin-right: .1rem; }
.pager { display: flex; gap: 1.5rem; justify-content: center; margin-top: 1.5rem; }

.map { display: block; width: 100%; height: auto; aspect-ratio: 2; background: var(--sea); border-radius: 6px; }
.land { fill: var(--land); }
.box { fill: var(--accent); fill-opacity: .3; stroke: var(--accent); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.ring { fill: none; stroke: var(--accent); stroke-width: 2px; vector-effect: non-scaling-stroke; }

.overview { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 2rem; align-items: start; }
figure { margin: 0; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.1rem; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.warning { background: var(--bad-soft); border-left: 4px solid var(--bad); border-radius: 6px; padding: .25rem 1rem .75rem; margin-top: 1.75rem; overflow-wrap: anywhere; }
.warning h2 { margin-top: .75rem; font-size: 1.05rem; }
.warning ul { margin: 0; }

.viewer-body { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem; }
.bar { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.bar label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem; min-width: 0; max-width: 100%; }
.bar label:first-child { flex: 1 1 14rem; }
.bar select, .bar input { height: 2.5rem; }
.bar select { width: 100%; }
.bar input { width: 7.5rem; }
.choice { display: grid; grid-template-columns: minmax(3rem, max-content) auto minmax(4rem, 1fr) auto minmax(8rem, max-content); gap: .6rem; align-items: center; }
.choice button { padding: .1rem .6rem; font-size: 1.1rem; line-height: 1.3; }
.choice input { padding: 0; accent-color: var(--accent); }
.choice output { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.picture { width: 100%; display: block; background: var(--sea); border-radius: 6px; cursor: crosshair; color: var(--accent); touch-action: pan-y; }
.picture:not([data-drawn]) { aspect-ratio: 2; }
#viewer[aria-busy=true] .picture { opacity: .75; }
.legend { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; font-variant-numeric: tabular-nums; font-size: .9rem; }
.scale { flex: 1 1 4rem; min-width: 3rem; max-width: 26rem; height: .9rem; border-radius: 4px; border: 1px solid var(--line); }
.viewer-body > .value:empty::before { content: "Point at the picture, or walk over it with the arrow keys, to read values."; font-weight: 400; color: var(--quiet); }
.viewer-body > .value { min-height: 1.6em; font-variant-numeric: tabular-nums; font-weight: 600; }
.draw { justify-self: start; background: var(--accent-soft); }

.snippets { display: flex; flex-wrap: wrap; gap: .4rem; }
.snippets > input { position: absolute; opacity: 0; width: 1px; height: 1px; padding: 0; }
.snippets > label { border: 1px solid var(--line); border-radius: 99px; padding: .2rem .8rem; background: var(--card); cursor: pointer; font-size: .92rem; }
.snippets > label:hover { border-color: var(--accent); }
.snippets > input:checked + label { background: var(--accent-soft); border-color: var(--accent); font-weight: 600; }
.snippets > input:focus-visible + label { outline: 3px solid var(--accent); outline-offset: 2px; }
.snippet { position: relative; order: 1; flex: 0 0 100%; min-width: 0; display: none; margin-top: .35rem; }
.snippets > input:checked + label + .snippet { display: block; }
.snippet button { position: absolute; top: .5rem; right: .6rem; font-size: .8rem; padding: .15rem .6rem; }
pre { background: var(--soft); border-radius: 6px; padding: .8rem 1rem; margin: 0; overflow-x: auto; line-height: 1.5; }

.dims span { color: var(--quiet); margin-right: .4rem; }
.dims code { background: var(--soft); border-radius: 4px; padding: .08rem .4rem; }
.variables { border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; }
.variables > details + details { border-top: 1px solid var(--line); }
.variables summary { display: grid; grid-template-columns: minmax(7rem, 14rem) minmax(6rem, 14rem) 5rem minmax(0, 1fr) 5rem; gap: .75rem; padding: .4rem .9rem; cursor: pointer; align-items: baseline; overflow-wrap: anywhere; }
.variables summary:hover { background: var(--soft); }
.variables summary::before, .group > summary::before, .attributes > summary::before { content: "▸"; position: absolute; margin-left: -.75rem; color: var(--quiet); font-size: .8em; }
.variables summary::before { margin-left: -.7rem; line-height: 1.9; }
.variables details[open] > summary::before, .group[open] > summary::before, .attributes[open] > summary::before { content: "▾"; }
.variables summary, .group > summary, .attributes > summary { list-style: none; }
summary::-webkit-details-marker { display: none; }
.variables .name { font-weight: 600; color: var(--code); }
.dimensions, .type, .size, .unit { color: var(--quiet); font-size: .88rem; }
.size { text-align: right; white-space: nowrap; }
.inside { padding: .25rem .9rem 1rem 1.5rem; overflow-x: auto; }
.group, .attributes { border: 1px solid var(--line); border-radius: 10px; margin-top: 1rem; padding: 0 1.25rem; }
.group > summary, .attributes > summary { padding: .55rem 0; cursor: pointer; font-weight: 600; }
.group[open] { padding-bottom: 1rem; }
.attributes .inside { padding-left: 0; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
caption { text-align: left; font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); padding-bottom: .2rem; }
th, td { text-align: left; vertical-align: top; padding: .22rem .9rem .22rem 0; border-bottom: 1px solid var(--line); font-size: .92rem; }
th { font-weight: 500; white-space: nowrap; max-width: 18rem; overflow: hidden; text-overflow: ellipsis; width: 1%; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
.endpoints { columns: 2 24rem; list-style: none; padding: 0; }
.endpoints li { break-inside: avoid; padding: .15rem 0; overflow-wrap: anywhere; }

@media (max-width: 48rem) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 1rem; }
  #facets { display: flex; gap: 1.25rem; overflow-x: auto; order: 2; }
  #facets h2 { margin-top: 0; }
  #facets ul { max-height: 9rem; min-width: 10rem; }
  .card { grid-template-columns: 6rem minmax(0, 1fr); }
  .intro { grid-template-columns: minmax(0, 1fr); }
  .variables summary { grid-template-columns: minmax(0, 1fr) auto; gap: .1rem .75rem; padding-left: 1.25rem; }
  .variables .what { grid-column: 1 / -1; }
  .variables .dimensions { grid-column: 1 / -1; order: 5; }
  .size { display: none; }
  .choice { grid-template-columns: auto minmax(3rem, 1fr) auto; }
  .choice > span, .choice output { grid-column: 1 / -1; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: .5rem; }
}
`;
