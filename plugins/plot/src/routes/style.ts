/** Style sheet of the plot page; light and dark set their own background. */
export const STYLE = `
:root { color-scheme: light; --fg: #17212b; --bg: #fbfcfd; --card: #fff; --line: #d3dbe3; --quiet: #52606d; --link: #0b57a4; --accent: #0b6e99; }
@media (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --fg: #e3e9ee; --bg: #101519; --card: #171e24; --line: #33404b; --quiet: #a3b1bd; --link: #7cbcff; --accent: #5cc4e6; }
}
* { box-sizing: border-box; }
html { background: var(--bg); color: var(--fg); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
body { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem 4rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
header { padding: 1.75rem 0 1.25rem; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
nav { font-size: .9rem; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); margin: .35rem 0 0; letter-spacing: -.015em; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
figure { margin: 0 0 1.25rem; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 10px; background: #fff; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
label { display: grid; gap: .2rem; }
label span { font-size: .8rem; color: var(--quiet); }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .45rem .65rem; max-width: 13rem; height: 2.5rem; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
::placeholder { color: var(--quiet); opacity: 1; }
.forms { list-style: none; padding: 0; display: flex; gap: 1rem; flex-wrap: wrap; }
pre { font: .875rem ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
`;
