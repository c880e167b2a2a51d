import { createHash, type Hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { rechunked } from "@zarr-gateway/compute";
import {
  type Attributes,
  bytesOfValues,
  bytesPerElement,
  type Chunk,
  coordinateNames,
  type Dataset,
  type DataType,
  elementCount,
  filledValues,
  isStringValues,
  type Values,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { MemberFacts, StoredFacts, VariableFacts } from "./member.ts";

/** Attributes that decide what values mean; those of the aggregate are the first file's, so all must have the same. */
const MARKS = [
  "units",
  "calendar",
  "scale_factor",
  "add_offset",
  "_FillValue",
  "missing_value",
  "_Unsigned",
  "bounds",
  "climatology",
];
const MEBIBYTE = 1024 * 1024;
/** Coordinates along the dimension are kept up to this size a file, the one of the dimension itself in any case. */
const MAX_KEPT_BYTES = 4 * MEBIBYTE;
const MAX_INDEX_BYTES = 64 * MEBIBYTE;
/** Coordinates that all files share are compared value by value up to this size. */
const MAX_COMPARED_BYTES = 16 * MEBIBYTE;
/** The same for data without the dimension, such as an orography in every file. */
const MAX_COMPARED_DATA_BYTES = MEBIBYTE;
const TEXT_BYTES = 16;

export interface DescribedMember {
  readonly facts: MemberFacts;
  readonly values: ReadonlyMap<string, Values>;
}

export interface DescribeOptions extends CallOptions {
  /** The dimension along which files follow each other; undefined where there is none. */
  readonly along: string | undefined;
}

/** Reads what has to be known of a member to combine it: structure, coordinates, digests of what all must share. */
export async function describeMember(dataset: Dataset, options: DescribeOptions): Promise<DescribedMember> {
  const coordinates = coordinateNames(dataset);
  const bounds = boundsOf(dataset, coordinates);
  const variables = new Map<string, VariableFacts>();
  const values = new Map<string, Values>();
  for (const variable of dataset.variables.values()) {
    const isCoordinate = coordinates.has(variable.name);
    const use = useOf(variable, { ...options, isShared: isCoordinate || bounds.has(variable.name) });
    const read = use === "none" ? undefined : await wholeValues(variable, options);
    if (use === "kept" && read !== undefined) values.set(variable.name, read);
    const digest =
      use === "compared" && read !== undefined
        ? await digestOfValues(variable.source.dtype, read)
        : undefined;
    variables.set(variable.name, factsOf(variable, isCoordinate, digest));
  }
  const groups = [...dataset.groups.keys()];
  return { facts: { variables, groups, coversChunks: dataset.versionCoversChunks === true }, values };
}

/** Whether the values of a variable are kept in the index, compared through a digest, or not read. */
function useOf(
  { name, dims, source }: Variable,
  { along, isShared }: DescribeOptions & { readonly isShared: boolean },
): "kept" | "compared" | "none" {
  if (source.storedOnly !== undefined) return "none";
  const bytes = elementCount(source.grid.shape) * (bytesPerElement(source.dtype) ?? TEXT_BYTES);
  if (dims.length === 0) return bytes <= MAX_KEPT_BYTES ? "kept" : "none";
  if (along !== undefined && dims.includes(along)) {
    const isIndex = name === along && dims.length === 1;
    return (isShared && bytes <= MAX_KEPT_BYTES) || (isIndex && bytes <= MAX_INDEX_BYTES) ? "kept" : "none";
  }
  if (isShared) return bytes <= MAX_COMPARED_BYTES ? "compared" : "none";
  return along !== undefined && bytes <= MAX_COMPARED_DATA_BYTES ? "compared" : "none";
}

/** Names of the variables that hold the bounds of coordinates. @see CF conventions 7.1 and 7.4 */
function boundsOf(dataset: Dataset, coordinates: ReadonlySet<string>): Set<string> {
  const names = [...coordinates].flatMap((name) => {
    const attrs = dataset.variables.get(name)?.attrs ?? {};
    return [attrs["bounds"], attrs["climatology"]];
  });
  return new Set(names.filter((name) => typeof name === "string").map((name) => name.trim()));
}

function factsOf(variable: Variable, isCoordinate: boolean, digest: string | undefined): VariableFacts {
  const { name, dims, attrs, source } = variable;
  const { dtype, fill, grid, stored, isAssembled, storedOnly } = source;
  const storedFacts: StoredFacts | undefined = stored && {
    chunkShape: stored.grid.chunkShape,
    codecs: stored.codecs,
    isLocatable: stored.locate !== undefined,
  };
  return {
    name,
    dims,
    dtype,
    fill,
    shape: grid.shape,
    chunkShape: grid.chunkShape,
    ...(storedFacts && { stored: storedFacts }),
    ...(isAssembled && { isAssembled }),
    ...(storedOnly && { storedOnly }),
    marks: marksOf(attrs),
    isCoordinate,
    ...(digest !== undefined && { digest }),
  };
}

function marksOf(attrs: Attributes): Attributes {
  return Object.fromEntries(
    MARKS.flatMap((key) => {
      const value = attrs[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** All values of a variable in C order. */
export async function wholeValues({ source }: Variable, { signal }: CallOptions): Promise<Values> {
  const { shape } = source.grid;
  const count = elementCount(shape);
  let chunk: Chunk | undefined;
  if (count > 0)
    chunk = await rechunked(source, { chunkShape: shape }).read(
      shape.map(() => 0),
      { signal },
    );
  return chunk?.values ?? filledValues(source.dtype, count, source.fill);
}

/** The digest of a variable's values that were not compared before, where they are few enough. */
export async function digestOf(variable: Variable, options: CallOptions): Promise<string | undefined> {
  const { source } = variable;
  const bytes = elementCount(source.grid.shape) * (bytesPerElement(source.dtype) ?? TEXT_BYTES);
  if (source.storedOnly !== undefined || bytes > MAX_COMPARED_BYTES) return undefined;
  return digestOfValues(source.dtype, await wholeValues(variable, options));
}

/** Equal for equal values of equal type, however they are chunked. */
async function digestOfValues(dtype: DataType, values: Values): Promise<string> {
  const hash = createHash("sha1").update(`${dtype}\n`);
  if (isStringValues(values)) return hash.update(JSON.stringify(values)).digest("hex");
  const bytes = bytesOfValues(values);
  await updateInTurns(hash, bytes);
  return hash.digest("hex");
}

/** The same digest at once, for values that are small. */
export function digestOfKept(dtype: DataType, values: Values): string {
  const hash = createHash("sha1").update(`${dtype}\n`);
  return hash.update(isStringValues(values) ? JSON.stringify(values) : bytesOfValues(values)).digest("hex");
}

async function updateInTurns(hash: Hash, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += 4 * MEBIBYTE) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + 4 * MEBIBYTE));
  }
}
