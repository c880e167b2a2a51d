export * from "./dry-run/index.ts";
export {
  type ForecastOptions,
  type ForecastOrigin,
  forecastDataset,
  forecastVersion,
  isPublished,
  provenance,
} from "./forecast/index.ts";
export { type AnalysisConditions, type ConditionsOptions, initialConditions } from "./initial/index.ts";
export * from "./initial-conditions.ts";
export { Instants } from "./instants.ts";
export * from "./map/index.ts";
export * from "./model-package.ts";
export * from "./model-session.ts";
export * from "./network.ts";
export { checkAgainstNetwork } from "./package/check-against-network.ts";
export { readGraphTensors } from "./package/graph-tensors.ts";
export { ModelInterfaces } from "./package/model-interface.ts";
export {
  ModelPackageError,
  type PackageProblem,
} from "./package/package-problem.ts";
export {
  type ModelPackageOptions,
  modelPackageVersion,
  readModelPackage,
} from "./package/read-model-package.ts";
export {
  beingReplaced,
  type PackageFiles,
  type WatchedPackage,
  watchedPackage,
} from "./package/watched-package.ts";
export * from "./rollout/index.ts";
export * from "./rollouts.ts";
export {
  createOipRuntime,
  type OipHealth,
  type OipRuntime,
  type OipRuntimeOptions,
} from "./runtime/oip/oip-runtime.ts";
export { createOnnxRuntime, type OnnxRuntimeOptions } from "./runtime/onnx/onnx-runtime.ts";
export { type RuntimeOptions, runtimeFor } from "./runtime/runtime-for.ts";
export type { RuntimeLog } from "./runtime/runtime-log.ts";
export { type ChildSession, type ChildSessionOptions, childSession } from "./session/child/child-session.ts";
export {
  createLoadedModels,
  type LoadedModels,
  type LoadedModelsOptions,
} from "./session/child/loaded-models.ts";
export { createModelSession, type SessionOptions } from "./session/in-process.ts";
export * from "./step-plan.ts";
