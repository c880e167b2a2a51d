export { type DryRun, type DryStep, dryRun, type ValueRange } from "./dry-run.ts";
export { plausibleState } from "./plausible-state.ts";
