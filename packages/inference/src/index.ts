export * from "./initial-conditions.ts";
export * from "./model-package.ts";
export * from "./model-session.ts";
export * from "./network.ts";
export * from "./rollouts.ts";
export * from "./step-plan.ts";
