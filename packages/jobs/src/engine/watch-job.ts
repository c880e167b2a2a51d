import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { RecordedEvent } from "../event.ts";
import type { JobStore } from "../job-store.ts";
import type { Watches } from "./watches.ts";

const PAGE = 256;

/**
 * Events after a sequence number as they come; ends when the job has ended or is gone, or when the signal is aborted.
 * @throws GatewayError not_found
 */
export async function* watchedEvents(
  from: { readonly id: string; readonly after: number },
  parts: { readonly store: JobStore; readonly watches: Watches },
  { signal }: CallOptions,
): AsyncGenerator<RecordedEvent> {
  const { id } = from;
  let { after } = from;
  const watch = parts.watches.open(id);
  let isKnown = false;
  try {
    while (!signal?.aborted) {
      watch.arm(after);
      // Together, since each way to the store costs: whatever comes after one of the two is news since `arm`.
      const [heads, page] = await Promise.all([
        parts.store.latest([id]),
        parts.store.events(id, { after, limit: PAGE }),
      ]);
      const head = heads.get(id);
      if (head === undefined && !isKnown) throw new GatewayError("not_found", `no job "${id}"`);
      isKnown = true;
      // A number that no event of this job has: nothing was seen of it.
      if (page.length === 0 && head !== undefined && head.sequence < after) {
        after = 0;
        continue;
      }
      for (const one of page) {
        after = one.sequence;
        yield one;
      }
      if (head === undefined || (head.hasEnded && after >= head.sequence)) return;
      if (after >= head.sequence) await watch.next(signal);
    }
  } finally {
    watch.close();
  }
}
