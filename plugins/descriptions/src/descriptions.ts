import {
  type Dataset,
  type DatasetDescription,
  describeDataset,
  facetsOf,
  walkGroups,
} from "@zarr-gateway/dataset";
import type { DatasetSummary, DescribedDataset, Descriptions, Host } from "@zarr-gateway/plugin";
import {
  type CallOptions,
  formatJson,
  isGatewayError,
  type JsonValue,
  messageOf,
  SingleFlight,
} from "@zarr-gateway/primitives";
import { type DescriptionIndex, parseDescribed } from "./description-index.ts";
import { inOrder } from "./in-order.ts";

export interface DescriptionsOptions {
  readonly host: Host;
  readonly index: DescriptionIndex;
  readonly maxConcurrent: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** For so long a summary is believed without looking at its dataset. */
const FRESH_MS = 2000;
/** So many datasets are looked at again before an answer; where there are more, after it. */
const MAX_CHECKED_AT_ONCE = 200;
/** Of very many, each is believed for so long for every one of them: looking again takes a tenth of a core then. */
const FRESH_MS_EACH = 20;
/** About a kilobyte each; of the others the index tells. */
const MAX_SUMMARIES_IN_MEMORY = 20_000;

export function createDescriptions(options: DescriptionsOptions): Descriptions & { close(): Promise<void> } {
  const { host, index, maxConcurrent } = options;
  const now = options.now ?? (() => performance.now());
  const checkedAt = new Map<string, number>();
  const failures = new Map<string, string>();
  const remembered = new WeakMap<Dataset, DescribedDataset>();
  const inMemory = new Map<string, DatasetSummary>();
  const flights = new SingleFlight<Dataset, DescribedDataset>();
  const stop = new AbortController();

  const of = async (id: string, dataset: Dataset, call: CallOptions = {}): Promise<DescribedDataset> => {
    const known = remembered.get(dataset);
    if (known !== undefined && known.id === id) return known;
    const { version } = dataset;
    const kept = version === undefined ? undefined : index.text(id, version);
    const described =
      kept === undefined
        ? await flights.run(dataset, (shared) => describe(id, dataset, shared), call)
        : parseDescribed(kept);
    remembered.set(dataset, described);
    // a coordinate that could not be read may be there the next time
    const isWhole = described.description.notes.length === 0;
    if (kept === undefined) {
      inMemory.delete(id);
      index.put(summaryOf(described), isWhole ? (version ?? "") : "", textOf(described));
    }
    return described;
  };

  const keptSummary = (id: string): DatasetSummary | undefined => {
    const summary = inMemory.get(id) ?? index.summary(id);
    if (summary !== undefined && inMemory.size < MAX_SUMMARIES_IN_MEMORY) inMemory.set(id, summary);
    return summary;
  };

  const look = async (id: string, call: CallOptions): Promise<DatasetSummary> => {
    try {
      const described = await of(id, await host.datasets.open(id, call), call);
      failures.delete(id);
      checkedAt.set(id, now());
      return keptSummary(id) ?? summaryOf(described);
    } catch (error) {
      call.signal?.throwIfAborted();
      const failure = isGatewayError(error) ? error.message : "it cannot be opened";
      if (!isGatewayError(error))
        host.log.error({ dataset: id, reason: messageOf(error) }, "describing failed");
      failures.set(id, failure);
      checkedAt.set(id, now());
      return { id, failure };
    }
  };

  const sweep = new BackgroundSweep((id) => look(id, { signal: stop.signal }), stop.signal);

  return {
    of,
    kept({ id, version }) {
      const text = version === undefined ? undefined : index.text(id, version);
      return text === undefined ? undefined : parseDescribed(text);
    },
    async *summaries(call = {}) {
      const ids: string[] = [];
      for await (const id of host.datasets.ids()) ids.push(id);
      const isMany = ids.length > MAX_CHECKED_AT_ONCE;
      const freshMs = isMany ? Math.max(FRESH_MS, ids.length * FRESH_MS_EACH) : FRESH_MS;
      const isFresh = (id: string): boolean =>
        now() - (checkedAt.get(id) ?? Number.NEGATIVE_INFINITY) < freshMs;
      const known = (id: string): DatasetSummary | undefined => {
        const failure = failures.get(id);
        return failure === undefined ? keptSummary(id) : { id, failure };
      };
      const summaryFor = (id: string): DatasetSummary | Promise<DatasetSummary> => {
        const summary = known(id);
        if (summary !== undefined && isFresh(id)) return summary;
        if (summary !== undefined && isMany) {
          sweep.add(id);
          return summary;
        }
        return look(id, call);
      };
      yield* inOrder(ids, summaryFor, maxConcurrent);
      const served = new Set(ids);
      for (const known of [failures, inMemory, checkedAt])
        for (const id of known.keys()) if (!served.has(id)) known.delete(id);
    },
    async close() {
      stop.abort();
      await sweep.settled();
    },
  };
}

/** Datasets to be looked at again, one at a time. */
class BackgroundSweep {
  readonly #look: (id: string) => Promise<unknown>;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(look: (id: string) => Promise<unknown>, signal: AbortSignal) {
    this.#look = look;
    this.#signal = signal;
  }

  add(id: string): void {
    this.#waiting.add(id);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      if (this.#signal.aborted) return;
      await this.#look(id).catch(() => undefined); // `look` throws only when it was told to stop
    }
  }
}

async function describe(id: string, dataset: Dataset, call: CallOptions): Promise<DescribedDataset> {
  const description: DatasetDescription = await describeDataset(dataset, call);
  const groups = [...walkGroups(dataset)].map(([, group]) => group);
  const modified = formatMoment(dataset.modifiedAt);
  return {
    id,
    ...(dataset.version !== undefined && { version: dataset.version }),
    ...(dataset.format !== undefined && { format: dataset.format }),
    immutable: dataset.immutable === true,
    hasStoredChunks: groups.some(({ variables }) =>
      [...variables.values()].some(({ source }) => source.stored !== undefined),
    ),
    hasHistory: dataset.history !== undefined,
    ...(modified !== undefined && { modified }),
    attrs: dataset.attrs,
    description,
  };
}

/** Of milliseconds since 1970. */
function formatMoment(moment: number | undefined): string | undefined {
  const date = new Date(moment ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`;
}

function textOf(described: DescribedDataset): string {
  return formatJson(described as unknown as JsonValue); // plain data, as its contract says
}

function summaryOf(described: DescribedDataset): DatasetSummary {
  const { id, version, format, hasStoredChunks, modified, attrs, description } = described;
  const { title, space, time, bytes, variables, keywords, license, created } = description;
  return {
    id,
    ...(version !== undefined && { version }),
    ...(format !== undefined && { format }),
    ...(title !== undefined && { title }),
    ...(space && { bbox: space.bbox, grid: space.grid }),
    ...(time && { start: time.start, end: time.end }),
    ...(time?.step !== undefined && { step: time.step }),
    bytes,
    variables: variables.filter(({ isCoordinate }) => !isCoordinate).map(({ path }) => path),
    keywords,
    ...(license !== undefined && { license }),
    hasStoredChunks,
    ...(created !== undefined && { created }),
    ...(modified !== undefined && { modified }),
    facets: facetsOf(attrs),
  };
}
