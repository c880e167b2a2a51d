import type { ModelPackage } from "../../model-package.ts";
import type { Fields, ModelSession, ModelState, Run, StateHandle } from "../../model-session.ts";
import { statesBefore, stepsNeeded } from "../../step-plan.ts";

/** Midnight of 2020-01-01. */
export const RUN: Run = { calendar: "standard", initialTime: { day: 18_262, nanoseconds: 0 }, member: 0 };

export interface RollOut {
  readonly model: ModelPackage;
  readonly state: ModelState;
  readonly run?: Run;
  /** Last step number. */
  readonly to: number;
}

/** A step, its fields as they have come. */
export interface Stepped {
  readonly state: StateHandle;
  readonly fields: Fields;
}

/** Makes what the last step needs; results by step number. */
export async function stepTo(
  session: ModelSession,
  { model, state, run = RUN, to }: RollOut,
): Promise<Map<number, Stepped>> {
  const begun = await session.begin(run, state, { diagnose: true });
  const handles = new Map<number, StateHandle>([[0, begun.state]]);
  const results = new Map<number, Stepped>([[0, begun]]);
  for (const n of stepsNeeded(model, to, () => false)) {
    const from = new Map(statesBefore(model, n).map((step) => [step, handles.get(step)!]));
    const [result] = await session.step([{ run, n, from }]);
    handles.set(n, result!.state);
    results.set(n, { state: result!.state, fields: await result!.fields });
  }
  return results;
}

/** A state of one variable for each list: its values at times n, n − 1, …. */
export function stateOf(variables: Readonly<Record<string, number[][]>>, n = 0): ModelState {
  const times = Object.values(variables)[0]?.length ?? 0;
  return {
    n,
    entries: Array.from({ length: times }, (_, back): Fields => {
      const fields = Object.entries(variables).map(([name, values]): [string, Float32Array] => [
        name,
        Float32Array.from(values[back] ?? []),
      ]);
      return new Map(fields);
    }),
  };
}

/** A field of the tiny grid that has one value. */
export function constant(value: number): number[] {
  return new Array<number>(6).fill(value);
}
