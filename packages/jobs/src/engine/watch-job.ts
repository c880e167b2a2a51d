import type { CallOptions } from "@zarr-gateway/primitives";
import type { RecordedEvent } from "../event.ts";
import type { Changes } from "./changes.ts";
import type { EngineSettings } from "./engine-options.ts";

const PAGE = 256;

/** Events after a sequence number as they come; ends when the job has ended, or when the signal is aborted. */
export async function* watchedEvents(
  from: { readonly id: string; readonly after: number },
  parts: { readonly settings: EngineSettings; readonly changes: Changes },
  { signal }: CallOptions,
): AsyncGenerator<RecordedEvent> {
  const { store, pollMs } = parts.settings;
  let { after } = from;
  while (!signal?.aborted) {
    // Asked before the events: an end that comes between the two is found in the next round.
    const hasEnded = (await store.get(from.id))?.endedAt !== undefined;
    const page = await store.events(from.id, { after, limit: PAGE });
    for (const one of page) {
      after = one.sequence;
      yield one;
    }
    if (page.length === 0 && hasEnded) return;
    if (page.length === 0) await parts.changes.next(pollMs, signal);
  }
}
