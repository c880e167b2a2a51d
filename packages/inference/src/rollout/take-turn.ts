import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { Fields, ModelSession, StateHandle } from "../model-session.ts";
import type { Turn } from "./plan-turn.ts";
import type { RolloutRun } from "./rollout-run.ts";
import type { StepTable } from "./step-table.ts";

/** What a turn has made of one run. */
export interface Made {
  readonly run: RolloutRun;
  readonly n: number;
  /** They may still be on their way. */
  readonly fields: Promise<Fields>;
}

/**
 * Takes states in that a session does not have yet, and makes one step of every run of the turn. States of runs are where
 * `live` says, whether it fails or not.
 */
export async function takeTurn(
  session: ModelSession,
  { turn, table }: { readonly turn: Turn<RolloutRun>; readonly table: StepTable },
  options: CallOptions & { readonly onStep: () => void },
): Promise<Made[]> {
  const [first] = turn;
  if (first?.n === 0) {
    const fields = await begin(session, { run: first.run, n: 0 }, { ...options, diagnose: true });
    return [{ run: first.run, n: 0, fields: Promise.resolve(fields) }];
  }
  for (const { run, n } of turn) {
    for (const before of table.before(n))
      if (!run.live.has(before)) await begin(session, { run, n: before }, options);
  }
  options.onStep();
  const requests = turn.map(({ run, n }) => ({ run: run.run, n, from: fromStates(run, table.before(n)) }));
  const results = await session.step(requests, options);
  return turn.map(({ run, n }, position) => {
    const result = results[position];
    if (result === undefined)
      throw new GatewayError("model_failed", `${results.length} results for ${turn.length} runs`);
    hold(session, run, { n, state: result.state });
    return { run, n, fields: result.fields };
  });
}

async function begin(
  session: ModelSession,
  { run, n }: { readonly run: RolloutRun; readonly n: number },
  options: CallOptions & { readonly diagnose?: boolean },
): Promise<Fields> {
  const state = run.loaded.get(n);
  if (state === undefined) throw new GatewayError("internal", `the state of step ${n} is not there`);
  const begun = await session.begin(run.run, state, options);
  run.loaded.delete(n);
  hold(session, run, { n, state: begun.state });
  return begun.fields;
}

function hold(
  session: ModelSession,
  run: RolloutRun,
  { n, state }: { readonly n: number; readonly state: StateHandle },
): void {
  const old = run.live.get(n);
  if (old !== undefined) session.release(old);
  run.live.set(n, state);
}

function fromStates(run: RolloutRun, before: readonly number[]): ReadonlyMap<number, StateHandle> {
  return new Map(
    before.map((n) => {
      const state = run.live.get(n);
      if (state === undefined) throw new GatewayError("internal", `no session has the state of step ${n}`);
      return [n, state];
    }),
  );
}
