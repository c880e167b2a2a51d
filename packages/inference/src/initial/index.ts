export type { AnalysisConditions } from "./analysis-conditions.ts";
export { type ConditionsOptions, initialConditions } from "./dataset-conditions.ts";
