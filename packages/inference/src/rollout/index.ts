export { createRollouts } from "./create-rollouts.ts";
export type { RolloutClock, RolloutLog, RolloutOptions } from "./rollout-options.ts";
