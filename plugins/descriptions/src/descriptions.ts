import { canFormatV2 } from "@zarr-gateway/codecs";
import {
  type Dataset,
  type DatasetDescription,
  describeDataset,
  facetsOf,
  type Variable,
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
import { BackgroundSweep } from "./background-sweep.ts";
import { type DescriptionIndex, parseDescribed } from "./description-index.ts";
import { inOrder } from "./in-order.ts";
import { LastBatches } from "./last-batches.ts";

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
/** About a quarter of a megabyte of a list. */
const BATCH_SIZE = 256;

export function createDescriptions(options: DescriptionsOptions): Descriptions & { close(): Promise<void> } {
  const { host, index, maxConcurrent } = options;
  const now = options.now ?? (() => performance.now());
  const checkedAt = new Map<string, number>();
  const failures = new Map<string, DatasetSummary>();
  const remembered = new WeakMap<Dataset, DescribedDataset>();
  const inMemory = new Map<string, DatasetSummary>();
  const flights = new SingleFlight<Dataset, DescribedDataset>();
  const stop = new AbortController();

  const of = async (id: string, dataset: Dataset, call: CallOptions = {}): Promise<DescribedDataset> => {
    const known = remembered.get(dataset);
    if (known !== undefined && known.id === id) return known;
    const { version } = dataset;
    // there are endlessly many views: theirs go with the open dataset
    const isListed = !id.includes("@");
    const kept = version === undefined || !isListed ? undefined : index.text(id, version);
    const described =
      kept === undefined
        ? await flights.run(dataset, (shared) => describe(id, dataset, shared), call)
        : parseDescribed(kept);
    remembered.set(dataset, described);
    // a coordinate that could not be read may be there the next time
    const isWhole = described.description.notes.length === 0;
    if (kept === undefined && isListed) {
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
      checkedAt.set(id, now());
      const known = failures.get(id);
      if (known?.failure === failure) return known;
      const summary = { id, failure };
      failures.set(id, summary);
      return summary;
    }
  };

  const batches = new LastBatches();
  const sweep = new BackgroundSweep((id) => look(id, { signal: stop.signal }), stop.signal);

  /** What is known where that is good enough now, undefined where it has to be looked at before. */
  const knownNow = (count: number) => {
    const isMany = count > MAX_CHECKED_AT_ONCE;
    const freshMs = isMany ? Math.max(FRESH_MS, count * FRESH_MS_EACH) : FRESH_MS;
    const oldest = now() - freshMs;
    return (id: string): DatasetSummary | undefined => {
      const summary = failures.get(id) ?? keptSummary(id);
      if (summary === undefined || (checkedAt.get(id) ?? Number.NEGATIVE_INFINITY) > oldest) return summary;
      if (!isMany) return undefined;
      sweep.add(id);
      return summary;
    };
  };

  const forgetOthers = (ids: readonly string[]): void => {
    const served = new Set(ids);
    for (const known of [failures, inMemory, checkedAt])
      for (const id of known.keys()) if (!served.has(id)) known.delete(id);
  };

  return {
    of,
    kept({ id, version }) {
      const text = version === undefined ? undefined : index.text(id, version);
      return text === undefined ? undefined : parseDescribed(text);
    },
    async *summaries(call = {}) {
      const ids = await Array.fromAsync(host.datasets.ids());
      const known = knownNow(ids.length);
      yield* inOrder(ids, (id) => known(id) ?? look(id, call), maxConcurrent);
      forgetOthers(ids);
    },
    async *batches(call = {}) {
      const ids = await Array.fromAsync(host.datasets.ids());
      const known = knownNow(ids.length);
      for (let start = 0; start < ids.length; start += BATCH_SIZE) {
        const some = ids.slice(start, start + BATCH_SIZE);
        const summaries = some.map(known);
        const batch = summaries.every((summary) => summary !== undefined)
          ? summaries // nothing is waited for, which of thousands would cost more than to look
          : await Array.fromAsync(inOrder(some, (id) => known(id) ?? look(id, call), maxConcurrent));
        yield batches.settled(start, batch);
      }
      batches.end(ids.length);
      forgetOthers(ids);
    },
    async close() {
      stop.abort();
      await sweep.settled();
    },
  };
}

async function describe(id: string, dataset: Dataset, call: CallOptions): Promise<DescribedDataset> {
  const description: DatasetDescription = await describeDataset(dataset, call);
  const groups = [...walkGroups(dataset)].map(([, group]) => group);
  const modified = formatMoment(dataset.modifiedAt);
  const repository = await dataset.repository?.(call);
  return {
    id,
    ...(dataset.version !== undefined && { version: dataset.version }),
    ...(dataset.format !== undefined && { format: dataset.format }),
    immutable: dataset.immutable === true,
    hasStoredChunks: groups.some(({ variables }) => [...variables.values()].some(isHandedOut)),
    hasHistory: dataset.history !== undefined,
    ...(repository && { repository }),
    ...(modified !== undefined && { modified }),
    attrs: dataset.attrs,
    description,
  };
}

/** Whether `P/kerchunk` has the variable: its stored chunks can be said in the words of Zarr v2. */
function isHandedOut({ source: { stored, dtype, fill } }: Variable): boolean {
  return stored !== undefined && canFormatV2({ dtype, grid: stored.grid, fill, codecs: stored.codecs });
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
