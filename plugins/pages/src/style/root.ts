/** The list of datasets. */
export const ROOT = `
.hero { position: relative; overflow: hidden; background: var(--ink); color: var(--ink-fg); border-bottom: 1px solid var(--line); }
.hero svg { position: absolute; inset: 0; width: 100%; height: 100%; opacity: .16; }
.hero .land { fill: #7fc4dd; }
.hero > div { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 38rem); gap: 1.5rem 3rem; align-items: center; padding-block: clamp(1.75rem, 4vw, 3.25rem); }
.hero h1 { font-size: clamp(1.7rem, 4vw, 2.5rem); margin: 0; }
.hero .brand img { border-radius: 10px; }
.hero .lead { color: var(--ink-fg); font-size: 1.1rem; margin: .9rem 0 .2rem; overflow-wrap: anywhere; }
.hero .count { color: var(--ink-quiet); margin: 0; }
.hero pre { background: rgb(6 14 20 / 72%); border: 1px solid rgb(255 255 255 / 12%); white-space: pre-wrap; word-break: break-all; }

.search { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-top: 1.5rem; }
.search label { display: grid; gap: .2rem; }
.search label span, .bar label span { font-size: .8rem; color: var(--quiet); }
.search .wide { flex: 1 1 18rem; }
.search .wide input { width: 100%; }
.search input { height: 2.75rem; }
.search button { height: 2.75rem; background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; padding-inline: 1.2rem; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2.25rem; margin-top: 1.75rem; align-items: start; }
#facets { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; padding-left: .55rem; margin-left: -.55rem; }
#facets h2 { font-size: .78rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); margin: 1.4rem 0 .35rem; }
#facets div:first-child h2 { margin-top: 0; }
#facets ul { list-style: none; margin: 0; padding: 0; max-height: 17rem; overflow-y: auto; }
#facets a { display: flex; justify-content: space-between; gap: .5rem; padding: .2rem .55rem; margin-left: -.55rem; border-radius: 6px; text-decoration: none; color: inherit; overflow-wrap: anywhere; font-size: .92rem; }
#facets a:hover { background: var(--soft); }
#facets a[aria-current] { background: var(--accent-soft); font-weight: 600; }
#facets .count { color: var(--quiet); font-variant-numeric: tabular-nums; }
.found { font-size: .95rem; font-weight: 600; margin: 0 0 .75rem; color: var(--quiet); }
.cards { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17.5rem), 1fr)); gap: 1rem; }
.card { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 12px; position: relative; overflow: hidden; box-shadow: var(--shadow); transition: border-color .12s; }
.card:hover { border-color: var(--accent); }
.card:focus-within { border-color: var(--accent); }
.shot { position: relative; aspect-ratio: 2; background: var(--sea); flex: none; }
.shot .map, .shot .thumbnail { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 0; }
.nowhere { position: absolute; inset: 0; display: grid; place-items: center; color: var(--quiet); font-size: .85rem; background: repeating-linear-gradient(135deg, transparent 0 10px, rgb(128 148 160 / 9%) 10px 20px); }
.said { padding: .8rem .95rem .95rem; display: flex; flex-direction: column; gap: .3rem; flex: 1; }
.card h3 { margin: 0; font-size: .98rem; }
.card h3 a { text-decoration: none; }
.card h3 a::after { content: ""; position: absolute; inset: 0; border-radius: 12px; }
.card:focus-within h3 a:focus-visible { outline: none; }
.card:has(a:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.card p { margin: 0; overflow-wrap: anywhere; font-size: .9rem; }
.card .title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.card .fact { color: var(--quiet); font-size: .82rem; margin-top: auto; padding-top: .15rem; }
.card .fact span:not(:last-child)::after { content: " · "; }
.names code { background: var(--soft); border-radius: 5px; padding: .08rem .4rem; display: inline-block; }
.card.broken { background: var(--bad-soft); border-left: 4px solid var(--bad); padding: .8rem .95rem; }
.pager { display: flex; gap: 1.5rem; justify-content: center; margin-top: 2rem; }

@media (max-width: 60rem) { .hero > div { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 48rem) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 1rem; margin-top: 1.25rem; }
  #facets { position: static; max-height: none; display: flex; gap: 1.25rem; overflow-x: auto; }
  #facets div { flex: 0 0 11rem; }
  #facets h2 { margin-top: 0; }
  #facets ul { max-height: 8.5rem; }
  .search label:not(.wide) { flex: 1 1 6rem; }
  .search input { width: 100%; }
  .card:not(.broken) { flex-direction: row; }
  .shot { width: 7rem; margin: .95rem 0 0 .95rem; align-self: start; border-radius: 8px; overflow: hidden; }
  .said { min-width: 0; }
}
`;
