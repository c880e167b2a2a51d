import type { CallOptions } from "@zarr-gateway/primitives";
import type { ModelState } from "../model-session.ts";
import type { StepTable } from "./step-table.ts";

export interface StartSources {
  /** A state that is kept, if it is. */
  restore(n: number, options: CallOptions): Promise<ModelState | undefined>;
  /** The state at step number 0. */
  initial(options: CallOptions): Promise<ModelState>;
}

/**
 * States from which the fewest steps lead to a target: kept ones as near to it as there are, else the first one.
 * @param has states that are at hand
 */
export async function loadStarts(
  { table, target, has }: { table: StepTable; target: number; has: (n: number) => boolean },
  sources: StartSources,
  options: CallOptions,
): Promise<Map<number, ModelState>> {
  const loaded = new Map<number, ModelState>();
  const known = (n: number): boolean => has(n) || loaded.has(n);
  const missing = new Set<number>([target]);
  for (;;) {
    const { order, starts } = table.path([target], known);
    const nearest = order.findLast((n) => !missing.has(n));
    if (target === 0 || nearest === undefined) {
      for (const n of loaded.keys()) if (!starts.has(n)) loaded.delete(n);
      if (target === 0 || (starts.has(0) && !has(0))) loaded.set(0, await sources.initial(options));
      return loaded;
    }
    const state = await sources.restore(nearest, options);
    options.signal?.throwIfAborted();
    if (state) loaded.set(nearest, state);
    else missing.add(nearest);
  }
}
