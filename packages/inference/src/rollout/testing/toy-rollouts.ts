import { createByteCache } from "@zarr-gateway/primitives";
import type { Rollouts } from "../../rollouts.ts";
import { createRollouts } from "../create-rollouts.ts";
import type { RolloutOptions } from "../rollout-options.ts";
import { FakeClock } from "./fake-clock.ts";
import { type ToyModelOptions, toyConditions, toyModel, toyReference } from "./toy-model.ts";
import { ToySession, type ToySessionOptions } from "./toy-session.ts";

export interface ToyOptions {
  readonly model?: ToyModelOptions;
  readonly session?: Partial<ToySessionOptions>;
  readonly rollouts?: Partial<RolloutOptions>;
  /** Told before a session is opened; what it throws fails that. */
  readonly beforeOpen?: () => void;
  /** Of initial times. */
  readonly count?: number;
}

export interface Toy {
  readonly rollouts: Rollouts;
  readonly clock: FakeClock;
  readonly sessions: ToySession[];
  readonly reference: ReturnType<typeof toyReference>;
  /** Steps made by all sessions so far. */
  steps(): number;
  /** Calls of all sessions so far, in order of sessions. */
  calls(): string[];
}

/** Roll-outs of the toy model, with a clock of their own; a step takes a second. */
export function toyRollouts(options: ToyOptions = {}): Toy {
  const { model: ofModel, session, rollouts, beforeOpen, count = 100 } = options;
  const model = toyModel(ofModel);
  const clock = new FakeClock();
  const sessions: ToySession[] = [];
  const created = createRollouts({
    model,
    session: async () => {
      await Promise.resolve();
      beforeOpen?.();
      const opened = new ToySession({ model, clock, stepMs: 1000, ...session });
      sessions.push(opened);
      return opened;
    },
    conditions: toyConditions(model.history, count),
    steps: 40,
    members: 4,
    cache: createByteCache(64 * 1024 * 1024),
    keyPrefix: "toy/1",
    maxWaitMs: 1_000_000,
    lookAhead: 0,
    clock,
    ...rollouts,
  });
  return {
    ...{ rollouts: created, clock, sessions, reference: toyReference(model) },
    steps: () => sessions.reduce((sum, { counts }) => sum + counts.steps, 0),
    calls: () => sessions.flatMap(({ calls }) => calls),
  };
}
