/** The page of one dataset, but for its viewer. */
export const DATASET = `
.top { padding-top: 1.4rem; }
.crumbs { color: var(--quiet); overflow-wrap: anywhere; font-size: .9rem; }
.lead { color: var(--quiet); max-width: 62rem; overflow-wrap: anywhere; margin: 0; font-size: 1.05rem; white-space: pre-line; }
details.lead summary, details.text summary { cursor: pointer; list-style: none; }
details.lead > summary::before, details.text > summary::before { content: none; }
.more { color: var(--link); font-weight: 600; padding: 0 .3rem; }
details[open] > summary .more { display: none; }
.view { margin-top: 1.1rem; padding: .8rem 1.1rem 1rem; background: var(--accent-soft); border-radius: 10px; }
.view p { margin: 0 0 .5rem; }
.steps { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .6rem; align-items: stretch; }
.steps li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .75rem; overflow-wrap: anywhere; display: grid; }
.steps li + li::before { content: none; }
.steps .quiet { font-size: .82rem; }

.overview { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); gap: 1.5rem 2.25rem; align-items: start; margin-top: 1.4rem; }
.overview:not(:has(.pictures)) { grid-template-columns: minmax(0, 1fr); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .65rem .9rem .75rem; box-shadow: var(--shadow); }
.tiles dt { font-size: .76rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); }
.tiles dd { margin: .1rem 0 0; font-weight: 600; overflow-wrap: anywhere; line-height: 1.35; }
.tiles dd span { display: block; font-weight: 400; font-size: .88rem; color: var(--quiet); margin-top: .1rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.2rem; margin: 0; font-size: .95rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.pictures { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
figure { margin: 0; }
.warning { background: var(--bad-soft); border-left: 4px solid var(--bad); border-radius: 8px; padding: .25rem 1.1rem .8rem; margin-top: 1.75rem; overflow-wrap: anywhere; }
.warning h2 { margin-top: .75rem; font-size: 1.05rem; }
.warning ul { margin: 0; }

.snippets { display: flex; flex-wrap: wrap; gap: .4rem; }
.snippets > input { position: absolute; opacity: 0; width: 1px; height: 1px; padding: 0; }
.snippets > label { border: 1px solid var(--line); border-radius: 99px; padding: .2rem .85rem; background: var(--card); cursor: pointer; font-size: .9rem; }
.snippets > label:hover { border-color: var(--accent); }
.snippets > input:checked + label { background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; }
.snippets > input:focus-visible + label { outline: 3px solid var(--accent); outline-offset: 2px; }
.snippet { position: relative; order: 1; flex: 0 0 100%; min-width: 0; display: none; margin-top: .35rem; }
.snippets > input:checked + label + .snippet { display: block; }
.snippet pre { padding-right: 5rem; }
.snippet button { position: absolute; top: .6rem; right: .7rem; font-size: .8rem; padding: .15rem .7rem; background: rgb(255 255 255 / 12%); border-color: rgb(255 255 255 / 22%); color: var(--ink-fg); }

.dims span { color: var(--quiet); margin-right: .4rem; }
.dims code { background: var(--soft); border-radius: 5px; padding: .1rem .45rem; display: inline-block; }
.variables { border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; box-shadow: var(--shadow); }
.variables > details + details { border-top: 1px solid var(--line); }
.variables summary { display: grid; grid-template-columns: minmax(7rem, 1fr) minmax(8rem, 2fr) 4.5rem minmax(0, 2fr) 4.75rem; gap: .25rem 1rem; padding: .45rem 1rem .45rem 1.75rem; cursor: pointer; align-items: baseline; overflow-wrap: anywhere; position: relative; }
.variables summary:hover { background: var(--soft); }
.variables summary::before, .group > summary::before, .attributes > summary::before { content: "▸"; color: var(--quiet); font-size: .8em; display: inline-block; width: 1.1em; transition: rotate .12s; }
.variables summary::before { position: absolute; left: .8rem; top: .62rem; }
.tree details[open] > summary::before { rotate: 90deg; }
.variables summary, .group > summary, .attributes > summary { list-style: none; }
summary::-webkit-details-marker { display: none; }
.variables .name { font-weight: 600; color: var(--code); }
.dimensions, .type, .size, .unit { color: var(--quiet); font-size: .88rem; }
.dimensions span { display: inline-block; margin-right: .5rem; }
.dimensions b { font-weight: 500; color: var(--fg); margin-left: .3rem; font-variant-numeric: tabular-nums; }
.size { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.inside { padding: .25rem 1rem 1.1rem 1.75rem; overflow-x: auto; }
.group, .attributes { border: 1px solid var(--line); border-radius: 10px; margin-top: 1rem; padding: 0 1rem; background: var(--card); }
.group { background: none; }
.group > summary, .attributes > summary { padding: .6rem 0; cursor: pointer; font-weight: 600; }
.group[open] { padding-bottom: 1rem; }
.attributes .inside { padding-inline: 0; }
.address { overflow-wrap: anywhere; }
.endpoints { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 0 2rem; }
.endpoints h3 { font-size: .78rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); }
.endpoints ul { list-style: none; padding: 0; margin: 0; }
.endpoints li { padding: .15rem 0; overflow-wrap: anywhere; }

@media (max-width: 56rem) {
  .overview { grid-template-columns: minmax(0, 1fr); }
  .pictures { order: -1; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
}
@media (max-width: 48rem) {
  .variables summary { grid-template-columns: minmax(0, 1fr) auto; gap: .1rem .75rem; }
  .variables .what, .variables .dimensions { grid-column: 1 / -1; }
  .variables .dimensions { order: 5; }
  .size { display: none; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: .5rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem; }
  .snippets > label { padding: .15rem .65rem; font-size: .86rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
