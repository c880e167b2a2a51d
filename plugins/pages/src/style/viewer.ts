/** The part of a dataset's page that is drawn in the browser. */
export const VIEWER = `
.viewer-body { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: .8rem; box-shadow: var(--shadow); }
.bar { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.bar label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem; min-width: 0; max-width: 100%; }
.bar label:first-child { flex: 1 1 14rem; }
.bar select, .bar input { height: 2.5rem; }
.bar select { width: 100%; }
.bar input { width: 7.5rem; }
.choices:empty { display: none; }
.choices { display: grid; gap: .5rem; grid-template-columns: max-content auto minmax(4rem, 1fr) auto auto minmax(8rem, max-content); }
.choice { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; gap: .6rem; align-items: center; }
 { overflow-wrap: anywhere; max-width: 14rem; color: var(--quiet); }
.choice button { padding: .1rem .6rem; font-size: 1.1rem; line-height: 1.3; }
.choice button[aria-pressed=true] { background: var(--accent); color: var(--card); border-color: var(--accent); }
.choice input { padding: 0; accent-color: var(--accent); }
.choice output { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; font-weight: 600; }
.picture { width: 100%; display: block; background: var(--sea); border-radius: 8px; cursor: crosshair; color: var(--accent); touch-action: pan-y; }
.picture:not([data-drawn]) { aspect-ratio: 2; }
#viewer[aria-busy=true] .picture { opacity: .75; }
.legend { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; font-variant-numeric: tabular-nums; font-size: .9rem; }
.scale { flex: 1 1 4rem; min-width: 3rem; max-width: 30rem; height: .9rem; border-radius: 4px; border: 1px solid var(--line); }
.viewer-body > .value:empty::before { content: "Point at the picture, or walk over it with the arrow keys, to read values."; font-weight: 400; color: var(--quiet); }
.viewer-body > .value { min-height: 1.6em; font-variant-numeric: tabular-nums; font-weight: 600; }
.draw { justify-self: start; background: var(--accent-soft); }

@media (max-width: 48rem) {
  .viewer-body { padding: .75rem; }
  .choices { grid-template-columns: auto minmax(3rem, 1fr) auto auto; }
  , .choice output { grid-column: 1 / -1; }
  .bar label { flex: 1 1 40%; }
  .bar label:first-child { flex: 1 1 100%; }
  .bar input { width: 100%; }
}
`;
