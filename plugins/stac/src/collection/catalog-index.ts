import { setImmediate } from "node:timers/promises";
import type { DatasetSummary, Descriptions } from "@zarr-gateway/plugin";
import { type CallOptions, SingleFlight } from "@zarr-gateway/primitives";
import { type CatalogState, createState } from "./catalog-state.ts";

/** All items, following the datasets. */
export interface CatalogIndex {
  /** The items as they are now; of many, as they were a moment ago, while they are looked at again. */
  state(options?: CallOptions): Promise<CatalogState>;
}

export interface CatalogIndexOptions {
  readonly descriptions: Pick<Descriptions, "summaries">;
  collectionIdOf(summary: DatasetSummary): string;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** For so long nobody looks again. */
const FRESH_MS = 1000;
/** Looking at all datasets takes this part of the time at most. */
const MAX_SHARE = 0.1;
/** Where it takes longer than this, requests do not wait for it. */
const WAIT_MS = 100;
/** Summaries after which other requests get their turn. */
const SLICE = 500;

export function createCatalogIndex(options: CatalogIndexOptions): CatalogIndex {
  const now = options.now ?? (() => performance.now());
  const flights = new SingleFlight<string, CatalogState>();
  let current: CatalogState | undefined;
  let signature = "";
  let checkedAt = Number.NEGATIVE_INFINITY;
  let tookMs = 0;

  const refresh = async (call: CallOptions): Promise<CatalogState> => {
    const begun = now();
    const summaries: DatasetSummary[] = [];
    const signed: string[] = [];
    for await (const summary of options.descriptions.summaries(call)) {
      summaries.push(summary);
      signed.push(signatureOf(summary));
      if (summaries.length % SLICE === 0) await setImmediate();
    }
    const found = signed.join("\n");
    if (current === undefined || found !== signature) {
      const generation = (current?.generation ?? 0) + 1;
      current = createState(summaries, { collectionIdOf: options.collectionIdOf, generation });
      signature = found;
    }
    checkedAt = now();
    tookMs = checkedAt - begun;
    return current;
  };

  return {
    async state(call = {}) {
      if (current !== undefined && now() - checkedAt < Math.max(FRESH_MS, tookMs / MAX_SHARE)) return current;
      const renewed = flights.run("all", refresh, call);
      if (current === undefined || tookMs <= WAIT_MS) return renewed;
      renewed.catch(() => undefined); // the next request looks again
      return current;
    },
  };
}

/** Changes whenever the record does. */
function signatureOf({ id, version, failure, title, start, end }: DatasetSummary): string {
  return version === undefined ? JSON.stringify([id, failure, title, start, end]) : `${id}\n${version}`;
}
