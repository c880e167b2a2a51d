export * from "./definition.ts";
export * from "./event.ts";
export * from "./json-value.ts";
export type { ConcurrencyLimits } from "./planner/choose-steps.ts";
export * from "./record.ts";
export * from "./reducer/job-progress.ts";
export { isJobEnded, jobState, taskState } from "./reducer/job-state.ts";
