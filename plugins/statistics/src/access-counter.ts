import type { Answered } from "@zarr-gateway/plugin";

export interface AccessOptions {
  readonly windowSeconds: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** What was read of one dataset. */
export interface DatasetAccess {
  readonly dataset: string;
  readonly bytes: number;
  readonly requests: number;
}

export interface AccessSummary {
  readonly clients: number;
  readonly bytes: number;
  readonly datasets: readonly DatasetAccess[];
}

interface Slot {
  /** Number of the slot since 1970. */
  readonly number: number;
  readonly byDataset: Map<string, { bytes: number; requests: number }>;
  readonly clients: Set<string>;
}

const SLOTS = 60;
/** Together with the slots they bound the memory; what is beyond them is counted in no list. */
const MAX_DATASETS = 2000;
const MAX_CLIENTS = 5000;

/** Successful reads below `/datasets/{id}` of the last moments, in slots that are forgotten one after the other. */
export class AccessCounter {
  readonly #slotMs: number;
  readonly #now: () => number;
  #slots: Slot[] = [];

  constructor({ windowSeconds, now = Date.now }: AccessOptions) {
    this.#slotMs = (windowSeconds * 1000) / SLOTS;
    this.#now = now;
  }

  note({ method, target, status, bytes, client }: Answered): void {
    if (method !== "GET" || (status !== 200 && status !== 206)) return;
    const dataset = datasetOf(target);
    if (dataset === undefined) return;
    const { byDataset, clients } = this.#current();
    const counted = byDataset.get(dataset);
    if (counted !== undefined) {
      counted.bytes += bytes;
      counted.requests += 1;
    } else if (byDataset.size < MAX_DATASETS) byDataset.set(dataset, { bytes, requests: 1 });
    if (client !== undefined && clients.size < MAX_CLIENTS) clients.add(client);
  }

  summary(): AccessSummary {
    this.#current();
    const all = new Map<string, { bytes: number; requests: number }>();
    const clients = new Set<string>();
    for (const slot of this.#slots) {
      for (const client of slot.clients) clients.add(client);
      for (const [dataset, { bytes, requests }] of slot.byDataset) {
        const sum = all.get(dataset) ?? { bytes: 0, requests: 0 };
        all.set(dataset, { bytes: sum.bytes + bytes, requests: sum.requests + requests });
      }
    }
    const datasets = [...all].map(([dataset, counts]) => ({ dataset, ...counts }));
    const bytes = datasets.reduce((sum, counted) => sum + counted.bytes, 0);
    return { clients: clients.size, bytes, datasets };
  }

  #current(): Slot {
    const number = Math.floor(this.#now() / this.#slotMs);
    const last = this.#slots.at(-1);
    if (last?.number === number) return last;
    const slot: Slot = { number, byDataset: new Map(), clients: new Set() };
    this.#slots = [...this.#slots.filter((known) => known.number > number - SLOTS), slot];
    return slot;
  }
}

const BEGINNING = "/datasets/";

/** The id in a target; undefined where it is of no dataset. */
function datasetOf(target: string): string | undefined {
  const start = target.startsWith(BEGINNING)
    ? BEGINNING.length
    : target.indexOf(`${BEGINNING}`) + BEGINNING.length;
  if (start < BEGINNING.length) return undefined;
  const [segment = ""] = target.slice(start, start + 2500).split(/[/?#]/, 1);
  if (segment === "" || segment === "zarr.json" || segment === ".zmetadata") return undefined;
  const id = segment.endsWith(".zarr") ? segment.slice(0, -5) : segment;
  if (!id.includes("%")) return id;
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined; // no percent-encoded UTF-8, which names no dataset
  }
}
