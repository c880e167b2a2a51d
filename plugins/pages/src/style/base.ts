/** Colours, type, links, forms and tables of all pages. */
export const BASE = `
:root {
  color-scheme: light;
  --fg: #16202a; --bg: #f7f9fb; --card: #fff; --soft: #edf1f5; --line: #d5dde5; --quiet: #536171;
  --link: #0b57a4; --accent: #0a6c8f; --accent-soft: #dbeef5; --bad: #a4161a; --bad-soft: #fdecec;
  --sea: #dfebf3; --land: #b4c6b2; --code: #7a2f6b; --ink: #10202c; --ink-fg: #e6eef4; --ink-quiet: #9db3c2;
  --shadow: 0 1px 2px rgb(16 32 44 / 6%), 0 4px 14px rgb(16 32 44 / 5%);
  --mono: ui-monospace, SFMono-Regular, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --fg: #e4eaef; --bg: #0e1317; --card: #161d23; --soft: #1e272f; --line: #303c47; --quiet: #a2b0bc;
    --link: #82bfff; --accent: #5fc6e8; --accent-soft: #143544; --bad: #ff9d9d; --bad-soft: #381a1c;
    --sea: #15222c; --land: #42554a; --code: #e8add9; --ink: #1b252d; --ink-fg: #e6eef4; --ink-quiet: #9db3c2;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
html { background: var(--bg); color: var(--fg); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; padding-bottom: 4rem; }
main, footer, .site nav, .hero > div { max-width: 80rem; margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2rem); }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: .06em; }
a:hover { text-decoration-thickness: .12em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 9; background: var(--card); padding: .5rem 1rem; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; letter-spacing: -.011em; }
h1 { font-size: clamp(1.5rem, 3.4vw, 2.15rem); margin: .35rem 0 .5rem; letter-spacing: -.02em; }
h1.long { font-size: clamp(1.2rem, 2.4vw, 1.5rem); }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .85rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; }
code, pre, td.value { font-family: var(--mono); font-size: .875em; }
ul { padding-left: 1.2rem; }
pre { background: var(--ink); color: var(--ink-fg); border-radius: 10px; padding: 1rem 1.15rem; margin: 0; overflow-x: auto; line-height: 1.6; tab-size: 4; }
.quiet { color: var(--quiet); }
.failed { color: var(--bad); }
.failed:empty, .quiet:empty { display: none; }

.site { border-bottom: 1px solid var(--line); background: var(--card); }
.site nav { display: flex; justify-content: space-between; align-items: center; gap: 1rem; min-height: 3.25rem; }
.site nav > span { display: flex; gap: 1.1rem; font-size: .92rem; }
.site a { color: inherit; text-decoration: none; }
.site a:hover { text-decoration: underline; }
.brand { display: flex; gap: .65rem; align-items: center; font-weight: 650; overflow-wrap: anywhere; }
.brand img { flex: none; border-radius: 6px; }
footer { margin-top: 3rem; }
footer nav { padding-top: 1rem; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; font-size: .9rem; }

input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .45rem .7rem; min-width: 0; }
button { cursor: pointer; background: var(--soft); }
input:hover, select:hover, button:hover { border-color: var(--accent); }
::placeholder { color: var(--quiet); opacity: 1; }

.map { display: block; width: 100%; height: auto; aspect-ratio: 2; background: var(--sea); border-radius: 8px; }
.land { fill: var(--land); }
.box { fill: var(--accent); fill-opacity: .26; stroke: var(--accent); stroke-width: 1.6px; vector-effect: non-scaling-stroke; }
.ring { fill: none; stroke: var(--accent); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.thumbnail { display: block; width: 100%; height: auto; aspect-ratio: 2; object-fit: cover; background: var(--sea); border-radius: 8px; }

table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
caption { text-align: left; font-size: .78rem; text-transform: uppercase; letter-spacing: .06em; color: var(--quiet); padding-bottom: .2rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); font-size: .92rem; }
th { font-weight: 500; white-space: nowrap; max-width: 18rem; overflow: hidden; text-overflow: ellipsis; width: 1%; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
`;
