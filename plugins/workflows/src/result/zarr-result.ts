import { type ChunkCoder, formatChunkKey } from "@zarr-gateway/codecs";
import { rechunked } from "@zarr-gateway/compute";
import {
  type ArrayEncoding,
  type Chunk,
  type ChunkIndex,
  clippedShape,
  coordinateNames,
  copyBlock,
  type Dataset,
  elementCount,
  filledValues,
  unitsPerElement,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { resultDocuments, resultEncoding, type ZarrLayout } from "./result-encoding.ts";
import { ResultFolder } from "./result-folder.ts";
import { type StepChunk, stepCount, stepOrder } from "./step-order.ts";

export interface ZarrResultOptions {
  readonly folder: string;
  readonly layout: ZarrLayout;
  readonly coder: Pick<ChunkCoder, "encodeAlways">;
  /** After each lead time of each start. */
  readonly onStep: (done: number, total: number) => void;
}

export interface FillOptions extends CallOptions {
  /** Chunks read and encoded at once. */
  readonly concurrency?: number | undefined;
}

/** Chunks read and encoded at once: the members of one step wait for the same call of a model. */
const CONCURRENT = 8;

/** A Zarr store that opens while it is written: documents first, then coordinates, then chunk by chunk. */
export class ZarrResult {
  readonly #options: ZarrResultOptions;
  readonly #store: ResultFolder;

  constructor(options: ZarrResultOptions) {
    this.#options = options;
    this.#store = new ResultFolder(options.folder);
  }

  /** The documents, those of members before the root's: who finds that finds all. */
  async describe(dataset: Dataset, call: CallOptions = {}): Promise<void> {
    const documents = [...resultDocuments(dataset, this.#options.layout)].reverse();
    for (const [key, bytes] of documents) await this.#store.write(key, bytes, call);
  }

  /** All chunks of a dataset, coordinates before all others. */
  async fill(dataset: Dataset, call: FillOptions = {}): Promise<void> {
    for (const [path, group] of walkGroups(dataset)) {
      const prefix = path.map((name) => `${name}/`).join("");
      const coordinates = coordinateNames(group);
      const all = [...group.variables.values()];
      const first = all.filter(({ name, dims }) => coordinates.has(name) || dims.length < 2);
      for (const { chunks } of stepOrder(first.map((one) => this.#inStored(one))))
        await this.#writeAll(prefix, chunks, call);
      const rest = all.filter((variable) => !first.includes(variable));
      await this.#writeSteps(prefix, rest, call);
    }
  }

  /** Values of one whole chunk, or shard, of an array. */
  async put(key: string, encoding: ArrayEncoding, chunk: StoredChunk, call: CallOptions = {}): Promise<void> {
    const bytes = await this.#options.coder.encodeAlways(encoding, chunk.index, chunk, call);
    const name = formatChunkKey({ name: "default", separator: "/" }, chunk.index);
    await this.#store.write(`${key}/${name}`, bytes, call);
  }

  async #writeSteps(prefix: string, variables: readonly Variable[], call: FillOptions): Promise<void> {
    const stored = variables.map((variable) => this.#inStored(variable));
    const total = stepCount(variables);
    const steps = stepCount(stored);
    if (total > 0) this.#options.onStep(0, total);
    let done = 0;
    for (const { chunks } of stepOrder(stored)) {
      await this.#writeAll(prefix, chunks, call);
      if (!chunks.some(({ variable }) => stepCount([variable]) > 0)) continue;
      done += 1;
      this.#options.onStep(Math.min(total, Math.round((done * total) / steps)), total);
    }
  }

  async #writeAll(
    prefix: string,
    chunks: readonly StepChunk[],
    { concurrency = CONCURRENT, ...call }: FillOptions,
  ): Promise<void> {
    const waiting = chunks.values();
    const failure = new AbortController();
    const signal = AbortSignal.any([failure.signal, ...(call.signal ? [call.signal] : [])]);
    const lane = async (): Promise<void> => {
      for (const chunk of waiting) await this.#writeOne(prefix, chunk, { ...call, signal });
    };
    const lanes = Array.from({ length: Math.min(concurrency, chunks.length) }, () =>
      lane().catch((error: unknown) => {
        // the first failure ends the reads of the others, whose own reason then is this one
        failure.abort(error);
        throw error;
      }),
    );
    const settled = await Promise.allSettled(lanes);
    if (settled.some(({ status }) => status === "rejected")) throw signal.reason;
  }

  async #writeOne(prefix: string, { variable, index }: StepChunk, call: CallOptions): Promise<void> {
    call.signal?.throwIfAborted();
    const { name, source } = variable;
    if (source.storedOnly !== undefined)
      throw new GatewayError("unsupported", `"${name}" has a codec that is not known here`, {
        variable: name,
      });
    const chunk = await source.read(index, call);
    if (chunk === undefined) return;
    const encoding = this.#encodings.get(variable);
    if (encoding === undefined) throw new Error(`"${name}" was not laid out`);
    await this.put(`${prefix}${name}`, encoding, { ...chunk, index }, call);
  }

  readonly #encodings = new WeakMap<Variable, ArrayEncoding>();

  /** The variable in the chunks that are stored as one. */
  #inStored(variable: Variable): Variable {
    const encoding = resultEncoding(variable, this.#options.layout);
    const source = rechunked(variable.source, { chunkShape: encoding.grid.chunkShape });
    const stored = source === variable.source ? variable : { ...variable, source };
    this.#encodings.set(stored, encoding);
    return stored;
  }
}

export interface StoredChunk extends Chunk {
  readonly index: ChunkIndex;
}

/** A stored chunk that comes together piece by piece. */
export class GrowingChunk {
  readonly index: ChunkIndex;
  readonly #shape: readonly number[];
  readonly #values: Chunk["values"];
  readonly #units: number;
  #missing: number;

  constructor({ dtype, grid, fill }: ArrayEncoding, index: ChunkIndex) {
    this.index = index;
    this.#shape = clippedShape(grid, index);
    this.#missing = elementCount(this.#shape);
    this.#values = filledValues(dtype, this.#missing, fill);
    this.#units = unitsPerElement(dtype);
  }

  get isWhole(): boolean {
    return this.#missing <= 0;
  }

  get chunk(): StoredChunk {
    return { index: this.index, shape: this.#shape, values: this.#values };
  }

  /** @param from where the box begins in what is given; @param to where in this chunk */
  take(
    given: Chunk,
    from: readonly number[],
    box: { readonly start: readonly number[]; readonly shape: readonly number[] },
  ): void {
    copyBlock(
      { values: given.values, shape: given.shape, start: from },
      { values: this.#values, shape: this.#shape, start: box.start },
      box.shape,
      this.#units,
    );
    this.#missing -= elementCount(box.shape);
  }
}
