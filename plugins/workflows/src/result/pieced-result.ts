import { constantSource } from "@zarr-gateway/compute";
import {
  type ArrayEncoding,
  bytesPerElement,
  type ChunkIndex,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  type Dataset,
  elementCount,
  indicesWithin,
  unitsPerElement,
  type Values,
  type Variable,
} from "@zarr-gateway/dataset";
import type { ResultArrays, ResultLayout, ResultPiece, ResultVariable } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { resultEncoding, type ZarrLayout } from "./result-encoding.ts";
import { STEP_DIMENSION } from "./step-order.ts";
import { GrowingChunk, type ZarrResult } from "./zarr-result.ts";

/** Of chunks that wait for the rest of their shard. */
const MAX_GROWING_BYTES = 1024 ** 3;

/**
 * The dataset that a layout speaks of; what has no values yet reads as never written.
 * @throws GatewayError invalid_request for what does not fit together
 */
export function layoutDataset(layout: ResultLayout): Dataset {
  const variables = new Map(
    Object.entries(layout.variables).map(([name, variable]) => [name, variableOf(name, variable)]),
  );
  return { attrs: layout.attrs ?? {}, variables, groups: new Map() };
}

function variableOf(name: string, given: ResultVariable): Variable {
  const { dims, shape, dtype, attrs = {}, values } = given;
  const refuse = (what: string): GatewayError =>
    new GatewayError("invalid_request", `variable "${name}" of the results: ${what}`, { variable: name });
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) throw refuse("a name has letters, digits, _ . and -");
  if (dims.length !== shape.length) throw refuse(`${dims.length} dimensions, but a shape of ${shape.length}`);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw refuse(`a shape is made of integers from 0 on, not [${shape}]`);
  const fill = given.fill ?? (dtype.startsWith("float") ? Number.NaN : null);
  if (values !== undefined) {
    const entries = elementCount(shape) * unitsPerElement(dtype);
    if (values.length !== entries)
      throw refuse(`${values.length} values for ${entries} entries of [${shape}]`);
    return { name, dims, attrs, source: constantSource({ dtype, fill, shape, values }) };
  }
  const chunkShape = given.chunkShape ?? shape.map((length, axis) => (axis < shape.length - 2 ? 1 : length));
  if (
    chunkShape.length !== shape.length ||
    !chunkShape.every((length) => Number.isSafeInteger(length) && length >= 0)
  )
    throw refuse(`chunks of [${chunkShape}] do not fit a shape of [${shape}]`);
  const grid = { shape, chunkShape: chunkShape.map((length) => Math.max(1, length)) };
  const source: ChunkSource = { dtype, fill, grid, read: () => Promise.resolve(undefined) };
  return { name, dims, attrs, source };
}

interface Growing {
  readonly encoding: ArrayEncoding;
  readonly chunks: Map<string, GrowingChunk>;
}

/** Takes pieces of results and writes each chunk, or shard, as soon as it is whole. */
export class PiecedResult implements ResultArrays {
  readonly #result: ZarrResult;
  readonly #dataset: Dataset;
  readonly #growing = new Map<string, Growing>();
  readonly #steps: StepTally;
  readonly #finish: () => Promise<void>;
  #growingBytes = 0;
  #isClosed = false;

  constructor(result: ZarrResult, dataset: Dataset, layout: ZarrLayout, watch: PiecedResultWatch) {
    this.#result = result;
    this.#dataset = dataset;
    this.#finish = watch.finish;
    this.#steps = new StepTally(dataset, watch.onStep);
    for (const [name, variable] of dataset.variables)
      this.#growing.set(name, { encoding: resultEncoding(variable, layout), chunks: new Map() });
  }

  async put(name: string, piece: ResultPiece, call: CallOptions = {}): Promise<void> {
    const variable = this.#dataset.variables.get(name);
    const growing = this.#growing.get(name);
    if (variable === undefined || growing === undefined)
      throw new GatewayError("invalid_request", `the results have no variable "${name}"`);
    if (this.#isClosed) throw new GatewayError("conflict", "the results are closed already");
    checkPiece(variable, piece);
    for (const part of storedParts(growing.encoding, piece)) {
      const chunk = this.#chunkAt(name, growing, part.index);
      chunk.take({ values: piece.values, shape: piece.shape }, part.from, {
        start: part.to,
        shape: part.shape,
      });
      if (chunk.isWhole) await this.#write(name, growing, chunk, call);
    }
    this.#steps.add(variable, piece);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const [name, growing] of this.#growing)
      for (const chunk of [...growing.chunks.values()]) await this.#write(name, growing, chunk, {});
    await this.#finish();
  }

  #chunkAt(name: string, { encoding, chunks }: Growing, index: ChunkIndex): GrowingChunk {
    const key = index.join("/");
    const known = chunks.get(key);
    if (known !== undefined) return known;
    const chunk = new GrowingChunk(encoding, index);
    this.#growingBytes += chunkBytes(encoding, index);
    if (this.#growingBytes > MAX_GROWING_BYTES)
      throw new GatewayError(
        "too_large",
        `pieces of "${name}" wait for the rest of their shards: put them in the order of ${STEP_DIMENSION}`,
      );
    chunks.set(key, chunk);
    return chunk;
  }

  async #write(
    name: string,
    { encoding, chunks }: Growing,
    chunk: GrowingChunk,
    call: CallOptions,
  ): Promise<void> {
    await this.#result.put(name, encoding, chunk.chunk, call);
    chunks.delete(chunk.index.join("/"));
    this.#growingBytes -= chunkBytes(encoding, chunk.index);
  }
}

export interface PiecedResultWatch {
  readonly onStep: (done: number, total: number) => void;
  /** What is left to be done when all pieces are there. */
  readonly finish: () => Promise<void>;
}

/** Counts the lead times of the first variable that has them. */
class StepTally {
  readonly #variable: Variable | undefined;
  readonly #onStep: (done: number, total: number) => void;
  readonly #total: number;
  readonly #whole: number;
  #elements = 0;

  constructor(dataset: Dataset, onStep: (done: number, total: number) => void) {
    const all = [...dataset.variables.values()];
    this.#variable = all.find(({ dims }) => dims.length > 1 && dims.includes(STEP_DIMENSION));
    this.#onStep = onStep;
    const { dims = [], source } = this.#variable ?? {};
    const shape = source?.grid.shape ?? [];
    const until = dims.indexOf(STEP_DIMENSION) + 1;
    this.#total = this.#variable === undefined ? 0 : elementCount(shape.slice(0, until));
    this.#whole = elementCount(shape.slice(until));
    if (this.#total > 0) onStep(0, this.#total);
  }

  add(variable: Variable, { shape }: ResultPiece): void {
    if (variable !== this.#variable || this.#total === 0) return;
    this.#elements += elementCount(shape);
    this.#onStep(Math.min(this.#total, Math.floor(this.#elements / Math.max(1, this.#whole))), this.#total);
  }
}

/** @throws GatewayError invalid_request for a box that is not made of whole chunks, or values that do not fill it */
function checkPiece({ name, source }: Variable, { start, shape, values }: ResultPiece): void {
  const { grid, dtype } = source;
  const refuse = (what: string): GatewayError =>
    new GatewayError("invalid_request", `a piece of "${name}" at [${start}] of [${shape}]: ${what}`);
  if (start.length !== grid.shape.length || shape.length !== grid.shape.length)
    throw refuse(`the variable has ${grid.shape.length} dimensions`);
  const fits = start.every((from, axis) => {
    const [size = 0, length = 0, chunk = 1] = [grid.shape[axis], shape[axis], grid.chunkShape[axis]];
    const end = from + length;
    return (
      from >= 0 && length > 0 && from % chunk === 0 && end <= size && (end % chunk === 0 || end === size)
    );
  });
  if (!fits) throw refuse(`it has to be whole chunks of [${grid.chunkShape}] inside of [${grid.shape}]`);
  const entries = elementCount(shape) * unitsPerElement(dtype);
  if (values.length !== entries) throw refuse(`${values.length} values, ${entries} expected`);
  checkType(refuse, dtype, values);
}

function checkType(
  refuse: (what: string) => GatewayError,
  dtype: ArrayEncoding["dtype"],
  values: Values,
): void {
  const bytes = bytesPerElement(dtype);
  const isText = Array.isArray(values);
  const unit = isText ? undefined : (values as Exclude<Values, readonly string[]>).BYTES_PER_ELEMENT;
  const wanted = bytes === undefined ? undefined : bytes / unitsPerElement(dtype);
  if (unit !== wanted) throw refuse(`${isText ? "texts" : values.constructor.name} for values of ${dtype}`);
}

interface StoredPart {
  readonly index: ChunkIndex;
  /** In the piece, in the chunk. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly shape: readonly number[];
}

/** Which stored chunks a box touches, and where. */
function* storedParts({ grid }: ArrayEncoding, { start, shape }: ResultPiece): Generator<StoredPart> {
  const { chunkShape } = grid;
  const first = start.map((from, axis) => Math.floor(from / (chunkShape[axis] ?? 1)));
  const counts = start.map((from, axis) => {
    const last = Math.floor((from + (shape[axis] ?? 1) - 1) / (chunkShape[axis] ?? 1));
    return Math.min(last, (chunkCounts(grid)[axis] ?? 1) - 1) - (first[axis] ?? 0) + 1;
  });
  for (const step of indicesWithin(counts)) {
    const index = step.map((at, axis) => at + (first[axis] ?? 0));
    const origin = index.map((at, axis) => at * (chunkShape[axis] ?? 1));
    const begin = origin.map((at, axis) => Math.max(at, start[axis] ?? 0));
    const end = origin.map((at, axis) =>
      Math.min(at + (chunkShape[axis] ?? 1), (start[axis] ?? 0) + (shape[axis] ?? 0)),
    );
    yield {
      index,
      from: begin.map((at, axis) => at - (start[axis] ?? 0)),
      to: begin.map((at, axis) => at - (origin[axis] ?? 0)),
      shape: end.map((at, axis) => at - (begin[axis] ?? 0)),
    };
  }
}

function chunkBytes({ dtype, grid }: ArrayEncoding, index: ChunkIndex): number {
  return elementCount(clippedShape(grid, index)) * (bytesPerElement(dtype) ?? 32);
}
