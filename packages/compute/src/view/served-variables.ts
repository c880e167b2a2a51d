import {
  bytesPerElement,
  type ChunkIndex,
  clippedShape,
  type Dataset,
  elementCount,
  type Variable,
} from "@zarr-gateway/dataset";
import { type ByteCache, type CacheOptions, GatewayError } from "@zarr-gateway/primitives";
import { type KeptIn, keptChunks } from "../kept-chunks.ts";
import { type EstimatedSource, estimateOf, isEstimated, type WorkEstimate } from "./work-estimate.ts";

export interface ServedOptions {
  /** Decoded bytes of the original that one chunk may take; more are refused before anything is read. */
  readonly maxReadBytes: number;
  readonly cache: ByteCache | undefined;
  /** Names dataset, version and view. */
  readonly key: string;
  readonly disk: KeptIn["disk"];
}

/** A chunk made from so many times its own size is kept decoded: pictures, tables and both versions of Zarr share it. */
const WORTH_KEEPING = 4;

/** The variables of a view as they are handed out: what would take too much is refused, what took much is kept. */
export function servedVariables(dataset: Dataset, options: ServedOptions): Dataset["variables"] {
  return new Map(
    [...dataset.variables].map(([name, variable]) => [name, servedVariable(variable, name, options)]),
  );
}

function servedVariable(variable: Variable, name: string, options: ServedOptions): Variable {
  const { source } = variable;
  if (!isEstimated(source) || source.storedOnly !== undefined) return variable;
  const { cache } = options;
  const kept = cache && keptChunks(source, { cache, key: resultKey(options.key, name), disk: options.disk });
  const served: EstimatedSource = {
    ...source,
    ...(source.version && { version: source.version.bind(source) }),
    estimate: (index) => source.estimate(index),
    async read(index, call = {}) {
      const estimate = source.estimate(index);
      assertAllowed(estimate, name, options.maxReadBytes);
      return kept && isWorthKeeping(source, index, estimate) ? kept(index, call) : source.read(index, call);
    },
  };
  return { ...variable, source: served };
}

function resultKey(key: string, name: string): string {
  return `${key} ${name} result`;
}

/** True where a chunk is in memory as it was computed. `version` is its own, of sources that have one. */
export function isResultKept(
  cache: ByteCache,
  key: string,
  {
    name,
    index,
    version = "",
  }: { readonly name: string; readonly index: ChunkIndex; readonly version?: string | undefined },
): boolean {
  return cache.peek(`${resultKey(key, name)} ${index.join(".")} ${version}`) !== undefined;
}

function isWorthKeeping(source: EstimatedSource, index: ChunkIndex, { bytes }: WorkEstimate): boolean {
  return bytes >= WORTH_KEEPING * resultBytes(source, index);
}

/** Bytes of the values of one chunk. */
export function resultBytes(
  { grid, dtype }: Pick<EstimatedSource, "grid" | "dtype">,
  index: ChunkIndex,
): number {
  return elementCount(clippedShape(grid, index)) * (bytesPerElement(dtype) ?? 16);
}

function assertAllowed({ chunks, bytes }: WorkEstimate, name: string, maxReadBytes: number): void {
  if (bytes <= maxReadBytes) return;
  throw new GatewayError(
    "too_large",
    `one chunk of "${name}" would take ${chunks} chunks of the original with ${inUnits(bytes)}, at most ${inUnits(maxReadBytes)} are read for one: select less first (@sel, @isel), or ask for smaller chunks (@chunk)`,
    { chunks, bytes, maxReadBytes },
  );
}

/** Of a variable, what its first chunk takes: all others take about as much. */
export function firstEstimate({ source }: Variable): WorkEstimate {
  return estimateOf(
    source,
    source.grid.shape.map(() => 0),
  );
}

function inUnits(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** What is no longer changing under its version may outlive the process. */
export function diskUse(dataset: Dataset): (() => CacheOptions["disk"]) | undefined {
  const { version, versionCoversChunks, immutable, modifiedAt } = dataset;
  if (version === undefined || !(versionCoversChunks === true || immutable === true)) return undefined;
  const changedAt = immutable === true ? 0 : (modifiedAt ?? Date.now());
  return () => (Date.now() - changedAt > SETTLED_MS ? "keep" : "read");
}

/** Longer than the steps of any clock that dates files. */
const SETTLED_MS = 2000;
