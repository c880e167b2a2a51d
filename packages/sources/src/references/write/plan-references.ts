import {
  type ArrayDescription,
  type ChunkCoder,
  canFormatV2,
  documentsV2,
  encodeFilledChunk,
  type JsonObject,
  planFillV2,
} from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  bytesPerElement,
  type ChunkIndex,
  chunkCounts,
  type Dataset,
  type DatasetWarning,
  elementCount,
  indexAt,
  type StoredLocation,
  type Variable,
  walkGroups,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, isGatewayError, type JsonValue } from "@zarr-gateway/primitives";
import { absoluteTarget, type FormatTarget } from "./target-text.ts";

export interface WriteReferencesOptions extends CallOptions {
  /** Encodes chunks that have no place of their own. */
  readonly coder: ChunkCoder;
  /** How targets are spelled; absolute paths and addresses where absent. */
  readonly targets?: FormatTarget;
  /** Where somebody hands out the stored chunks as they are: references lead there, also for those without a place. */
  readonly served?: (path: string, index: ChunkIndex) => string;
  /** Told of references that are done, so many of so many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Variables without places are written into the set up to this size each; what a dimension is named after up to 16 MiB. */
  readonly maxInlineBytes?: number;
}

/** A reference to be written. */
export type WrittenReference =
  | { readonly target: string; readonly offset: number; readonly length: number }
  | InlineReference;
interface InlineReference {
  readonly bytes: Uint8Array;
}

export interface PlannedArray {
  readonly path: string;
  readonly counts: readonly number[];
  /** undefined: never written. */
  reference(index: ChunkIndex, options: CallOptions): Promise<WrittenReference | undefined>;
}

/** What a set of a dataset will hold: its Zarr v2 metadata, and arrays whose chunks are asked for one by one. */
export interface ReferencePlan {
  readonly documents: ReadonlyMap<string, JsonObject>;
  readonly arrays: readonly PlannedArray[];
  /** Variables that are left out, and why. */
  readonly warnings: readonly DatasetWarning[];
}

const MAX_INLINE_BYTES = 4 * 1024 * 1024;
/** What a dimension is named after: hours of 240 years, say, joined from thousands of files. */
const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** What a string of any length counts. */
const STRING_BYTES = 32;

interface PlannedVariable {
  readonly description: ArrayDescription;
  reference: PlannedArray["reference"];
}

export function planReferences(dataset: Dataset, options: WriteReferencesOptions): ReferencePlan {
  const warnings: DatasetWarning[] = [];
  const planned = new Map<Variable, PlannedVariable>();
  const arrays: PlannedArray[] = [];
  for (const [groupPath, group] of walkGroups(dataset)) {
    for (const [name, variable] of group.variables) {
      const path = [...groupPath, name].join("/");
      const plan = planVariable(variable, { name, path }, options);
      if (typeof plan === "string") {
        warnings.push({ path: `/${path}`, message: `left out: ${plan}` });
        continue;
      }
      planned.set(variable, plan);
      const counts = chunkCounts(plan.description.encoding.grid);
      arrays.push({ path, counts, reference: plan.reference });
    }
  }
  const documents = new Map(
    [...documentsV2(dataset, (variable) => planned.get(variable)?.description)].map(([key, document]) => [
      key,
      key.endsWith(".zarray") ? asKerchunk(document) : document,
    ]),
  );
  return { documents, arrays, warnings };
}

/** All codecs among the filters, as kerchunk writes them: VirtualiZarr reads no other form. Text stays as zarr-python has it. */
function asKerchunk(zarray: JsonObject): JsonObject {
  const { compressor, filters, dtype } = zarray;
  if (compressor === null || compressor === undefined || dtype === "|O") return zarray;
  return { ...zarray, filters: isList(filters) ? [...filters, compressor] : [compressor], compressor: null };
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A sentence where it cannot be written. */
function planVariable(
  variable: Variable,
  { name, path }: { readonly name: string; readonly path: string },
  options: WriteReferencesOptions,
): PlannedVariable | string {
  const { source, attrs } = variable;
  const { stored, dtype, fill } = source;
  const dims = variable.dims.map((dim, axis) => dim ?? `${name}_dim_${axis}`);
  if (stored?.locate || (stored && options.served)) {
    const encoding = { dtype, grid: stored.grid, fill, codecs: stored.codecs };
    if (canFormatV2(encoding)) {
      const description = { encoding, dims, attrs };
      const reference = options.served
        ? servedReference(variable, encoding, {
            ...options,
            target: (index) => options.served?.(path, index) ?? "",
          })
        : storedReference(variable, encoding, options);
      return { description, reference };
    }
  }
  const size = elementCount(source.grid.shape) * (bytesPerElement(dtype) ?? STRING_BYTES);
  const isIndex = dims.length === 1 && dims[0] === name;
  if (size > (isIndex ? MAX_INDEX_BYTES : (options.maxInlineBytes ?? MAX_INLINE_BYTES))) {
    return stored
      ? `its chunks cannot be described in Zarr v2 (${stored.codecs.map((codec) => codec.name).join(", ")}), and it is too large to be written into the set`
      : "its chunks have no place of their own, and it is too large to be written into the set";
  }
  const serializer =
    dtype === "string"
      ? { name: "vlen-utf8", configuration: {} }
      : { name: "bytes", configuration: { endian: "little" } };
  const encoding: ArrayEncoding = { dtype, grid: source.grid, fill, codecs: [serializer] };
  const description = { encoding, dims, attrs };
  return { description, reference: encodedReference(variable, encoding, options) };
}

/** The whole of what is handed out at an address of the chunk's own. */
function servedReference(
  { source, attrs }: Variable,
  encoding: ArrayEncoding,
  options: WriteReferencesOptions & { readonly target: (index: ChunkIndex) => string },
): PlannedArray["reference"] {
  const { stored } = source;
  const filled = filledReference(encoding, attrs, options);
  return async (index, call) => {
    const target = options.target(index);
    const location = await stored?.locate?.(index, call);
    // chunks without a place can be there all the same
    const length = location?.length ?? (await stored?.stat(index, call))?.size;
    if (length !== undefined) return { target, offset: 0, length };
    const made = await filled(call);
    return made && { target, offset: 0, length: made.bytes.length };
  };
}

function storedReference(
  { source, attrs }: Variable,
  encoding: ArrayEncoding,
  options: WriteReferencesOptions,
): PlannedArray["reference"] {
  const filled = filledReference(encoding, attrs, options);
  return async (index, call) => {
    const location = await source.stored?.locate?.(index, call);
    if (location) return locatedReference(location, options.targets ?? absoluteTarget);
    // chunks without a place can be there all the same, such as those whose compressor was skipped
    const bytes = await source.stored?.read(index, call);
    return bytes ? { bytes } : filled(call);
  };
}

function encodedReference(
  { source, attrs }: Variable,
  encoding: ArrayEncoding,
  options: WriteReferencesOptions,
): PlannedArray["reference"] {
  const filled = filledReference(encoding, attrs, options);
  return async (index, call) => {
    const chunk = await source.read(index, call);
    return chunk ? { bytes: await options.coder.encodeAlways(encoding, index, chunk, call) } : filled(call);
  };
}

/** For chunks that were never written: nothing, or their bytes where clients would read something else. */
function filledReference(
  encoding: ArrayEncoding,
  attrs: Variable["attrs"],
  { coder }: WriteReferencesOptions,
): (call: CallOptions) => Promise<InlineReference | undefined> {
  let bytes: Uint8Array | undefined;
  return async (call) => {
    if (!planFillV2(encoding.dtype, encoding.fill, attrs).fillsMissingChunks) return undefined;
    bytes ??= await encodeFilledChunk(coder, encoding, call);
    return { bytes };
  };
}

function locatedReference({ url, offset, length }: StoredLocation, format: FormatTarget): WrittenReference {
  if (url.protocol !== "data:") return { target: format(url), offset, length };
  const text = url.pathname.slice(url.pathname.indexOf(",") + 1);
  return { bytes: new Uint8Array(Buffer.from(text, "base64")).subarray(offset, offset + length) };
}

/** Positions of an array's chunk grid. */
export function chunkTotal({ counts }: PlannedArray): number {
  return counts.reduce((product, count) => product * count, 1);
}

/** The references of an array in C order, from one chunk to another. */
export async function referencesOf(
  { path, counts, reference }: PlannedArray,
  range: { readonly start: number; readonly end: number },
  options: CallOptions,
): Promise<(WrittenReference | undefined)[]> {
  const found: (WrittenReference | undefined)[] = [];
  for (let start = range.start; start < range.end; start += CONCURRENT_CHUNKS) {
    const length = Math.min(CONCURRENT_CHUNKS, range.end - start);
    const part = Array.from({ length }, (_, position) =>
      reference(indexAt(counts, start + position), options),
    );
    const settled = await Promise.allSettled(part);
    for (const result of settled) {
      if (result.status === "rejected") throw inVariable(result.reason, path);
      found.push(result.value);
    }
  }
  return found;
}

const CONCURRENT_CHUNKS = 32;

function inVariable(error: unknown, path: string): unknown {
  if (!isGatewayError(error)) return error;
  return new GatewayError(
    error.code,
    `"/${path}": ${error.message}`,
    { ...error.details, variable: path },
    error,
  );
}
