import type { Dataset } from "@zarr-gateway/dataset";
import type { Host } from "@zarr-gateway/plugin";
import { type CallOptions, mapConcurrently, messageOf, untilAborted } from "@zarr-gateway/primitives";

/** One dataset of the server's hierarchy. */
export interface Branch {
  readonly id: string;
  readonly dataset: Dataset;
}

export interface OpenBranchesOptions {
  /** Milliseconds for which one dataset may hold up the others. */
  readonly maxOpeningMs?: number;
  /** Milliseconds for which a dataset that took longer is not waited for again, unless it is open by then. */
  readonly slowForMs?: number;
  readonly now?: () => number;
}

/** Datasets that are opened at once. */
const MAX_OPENING = 8;
const MAX_OPENING_MS = 20_000;
const SLOW_FOR_MS = 60_000;

/**
 * All datasets of the server. One that cannot be opened, or not in time, must not hide the others: it is left out, and
 * its own routes say why.
 */
export function branchOpener(
  host: Host,
  options: OpenBranchesOptions = {},
): (call: CallOptions) => Promise<readonly Branch[]> {
  const { maxOpeningMs = MAX_OPENING_MS, slowForMs = SLOW_FOR_MS, now = () => performance.now() } = options;
  const slowUntil = new Map<string, number>();

  const open = async (id: string, { signal }: CallOptions): Promise<Branch | undefined> => {
    signal?.throwIfAborted();
    if ((slowUntil.get(id) ?? 0) > now() && host.datasets.state(id).state !== "open") return undefined;
    const late = AbortSignal.timeout(maxOpeningMs);
    const either = signal ? AbortSignal.any([signal, late]) : late;
    try {
      const dataset = await untilAborted(host.datasets.open(id, { signal: either }), either);
      slowUntil.delete(id);
      return { id, dataset };
    } catch (error) {
      signal?.throwIfAborted();
      if (late.aborted) slowUntil.set(id, now() + slowForMs);
      const reason = late.aborted ? `not open after ${maxOpeningMs / 1000} s` : messageOf(error);
      leftOut(host, id, reason);
      return undefined;
    }
  };

  return async (call) => {
    const ids: string[] = [];
    for await (const id of host.datasets.ids()) ids.push(id);
    for (const id of slowUntil.keys()) if (!ids.includes(id)) slowUntil.delete(id);
    const opened = await mapConcurrently(ids, MAX_OPENING, (id) => open(id, call));
    return opened.filter((branch) => branch !== undefined);
  };
}

export function leftOut(host: Host, dataset: string, reason: string): void {
  host.log.warn({ dataset, reason }, "dataset left out of the server's hierarchy");
}
