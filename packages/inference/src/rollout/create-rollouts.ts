import type { Rollouts } from "../rollouts.ts";
import { RolloutEngine } from "./rollout-engine.ts";
import { type RolloutOptions, withDefaults } from "./rollout-options.ts";

/** Fields of a forecast out of a model and first states. Nothing is opened or run before the first field is asked for. */
export function createRollouts(options: RolloutOptions): Rollouts {
  return new RolloutEngine(withDefaults(options));
}
