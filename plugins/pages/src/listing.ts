import type { DatasetSummary, Descriptions, Host } from "@zarr-gateway/plugin";
import { type CallOptions, isGatewayError, messageOf } from "@zarr-gateway/primitives";

/** All datasets as far as they are known now. */
export interface Listing {
  readonly summaries: readonly DatasetSummary[];
  /** Datasets of which nothing but the id is known yet. */
  readonly unknown: number;
}

export interface Listings {
  /** In the order of the ids. Waits a little for what is not known yet, but never for all of it. */
  current(options?: CallOptions): Promise<Listing>;
  close(): Promise<void>;
}

/** For so long a page waits for what was never looked at; the rest comes with the next look at it. */
const MAX_FIRST_WAIT_MS = 1200;
/** For so long where only news can come: thousands of datasets take longer to be looked at again. */
const MAX_WAIT_MS = 80;
/** So long what was found is not looked for again. */
const FRESH_MS = 1000;

/** Looks at all datasets beside the requests, one round for all who ask at the same time. */
export function createListings(host: Host, descriptions: Descriptions): Listings {
  const stop = new AbortController();
  let known = new Map<string, DatasetSummary>();
  let round: Promise<void> | undefined;
  let isWhole = false;
  let finishedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const found = new Map<string, DatasetSummary>();
    try {
      const call = { signal: stop.signal };
      // what is new shows at once, the rest costs less in batches
      const news = isWhole ? descriptions.batches(call) : single(descriptions.summaries(call));
      for await (const batch of news)
        for (const summary of batch) {
          found.set(summary.id, summary);
          known.set(summary.id, summary);
        }
      known = found;
      isWhole = true;
      finishedAt = performance.now();
    } catch (error) {
      if (!stop.signal.aborted)
        host.log.warn(
          { reason: isGatewayError(error) ? error.message : messageOf(error) },
          "the datasets could not be listed whole",
        );
    }
  };

  return {
    async current({ signal } = {}) {
      if (performance.now() - finishedAt > FRESH_MS) {
        round ??= look().finally(() => {
          round = undefined;
        });
        await Promise.race([round, pause(isWhole ? MAX_WAIT_MS : MAX_FIRST_WAIT_MS, signal)]);
      }
      signal?.throwIfAborted();
      const summaries: DatasetSummary[] = [];
      let unknown = 0;
      for await (const id of host.datasets.ids()) {
        const summary = known.get(id);
        if (summary === undefined) unknown += 1;
        summaries.push(summary ?? { id });
      }
      return { summaries, unknown };
    },
    async close() {
      stop.abort();
      await round;
    },
  };
}

async function* single(summaries: AsyncIterable<DatasetSummary>): AsyncGenerator<readonly DatasetSummary[]> {
  for await (const summary of summaries) yield [summary];
}

/** Ends early, without a failure, when nobody waits any more. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
