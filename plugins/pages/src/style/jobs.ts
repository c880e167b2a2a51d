/** The list of jobs, and the page of one. */
export const JOBS = `
.joblist { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; gap: .75rem; }
.joblist li { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) auto; gap: .5rem 1.5rem; align-items: center; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .8rem 1rem; box-shadow: var(--shadow); }
.joblist h2 { margin: 0; font-size: 1rem; }
.joblist p { margin: .15rem 0 0; font-size: .85rem; overflow-wrap: anywhere; }
.none { margin-top: 1.5rem; }
.state { display: inline-block; border-radius: 99px; padding: .05rem .7rem; font-size: .82rem; font-weight: 600; letter-spacing: 0; vertical-align: middle; background: var(--soft); color: var(--fg); white-space: nowrap; }
.state[data-state=running], .state[data-state=publishing], .state[data-state=planning] { background: var(--accent-soft); }
.state[data-state=failed], .state[data-state=partially_succeeded] { background: var(--bad-soft); color: var(--bad); }
.progress { display: grid; gap: .15rem; margin-top: .3rem; font-size: .85rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
progress { appearance: none; width: 100%; height: .55rem; border: 0; border-radius: 99px; background: var(--soft); overflow: hidden; accent-color: var(--accent); }
progress::-webkit-progress-bar { background: var(--soft); border-radius: 99px; }
progress::-webkit-progress-value { background: var(--accent); border-radius: 99px; transition: width .3s; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 99px; }
.actions { display: inline-flex; gap: .5rem; flex-wrap: wrap; }
.actions:not(:has(button)) { display: none; }
html:not(.scripted) .actions { display: none; }
.job .facts { margin-top: 1rem; }
.job .scroll { overflow-x: auto; }
.job td { white-space: normal; }
.job td:last-child { min-width: 14rem; }
#log { max-height: 60vh; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; min-height: 3rem; }
@media (max-width: 48rem) { .joblist li { grid-template-columns: minmax(0, 1fr); } .search select { width: 100%; } }
.search select { height: 2.75rem; }
`;
