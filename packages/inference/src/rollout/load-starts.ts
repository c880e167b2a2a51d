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
  let path = table.path([target], known);
  const missing = new Set<number>([target]);
  for (let at = path.order.length - 1; at >= 0; at--) {
    const n = path.order[at] ?? 0;
    if (missing.has(n)) continue;
    missing.add(n);
    const state = await sources.restore(n, options);
    options.signal?.throwIfAborted();
    if (state === undefined) continue;
    loaded.set(n, state);
    // what leads to it is not needed any more
    path = table.path([target], known);
    at = path.order.length;
  }
  for (const n of loaded.keys()) if (!path.starts.has(n)) loaded.delete(n);
  if (target === 0 || (path.starts.has(0) && !has(0))) loaded.set(0, await sources.initial(options));
  return loaded;
}
