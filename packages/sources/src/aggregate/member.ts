import { pathToFileURL } from "node:url";
import type { Attributes, CodecSpec, DataType, FillValue, Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";

/** One dataset of an aggregate: a file or a store, before anything of it is read. */
export interface MemberReference {
  /** Absolute path of a file or folder of this machine, or the URL. */
  readonly id: string;
  /** Last part of its location. */
  readonly name: string;
  /** Path below the folder or pattern that named it, `r1/tas_2000.nc`; for lists the name. */
  readonly path: string;
  /** Which entry of the configured list named it. */
  readonly entry: number;
}

/** How the chunks of a variable lie, without its values. */
export interface StoredFacts {
  readonly chunkShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
  readonly isLocatable: boolean;
}

/** What is known of a variable of a member without reading it again. Plain data: it goes into the index. */
export interface VariableFacts {
  readonly name: string;
  readonly dims: readonly (string | null)[];
  readonly dtype: DataType;
  readonly fill: FillValue | null;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly stored?: StoredFacts;
  readonly isAssembled?: true;
  readonly storedOnly?: "v2" | "v3";
  /** Attributes that decide what the values mean; the others are the first file's. */
  readonly marks: Attributes;
  /** A coordinate in xarray's sense. */
  readonly isCoordinate: boolean;
  /** Of its values, where they were read and do not lie along the dimension. */
  readonly digest?: string;
  /** The variable of the file, where this is what its packed numbers stand for. */
  readonly packed?: VariableFacts;
}

export interface MemberFacts {
  /** By name, in the order of the file. */
  readonly variables: ReadonlyMap<string, VariableFacts>;
  /** Child groups, which are not combined. */
  readonly groups: readonly string[];
  /** `Dataset.versionCoversChunks`. */
  readonly coversChunks: boolean;
}

/** A member whose metadata and coordinates are known. */
export interface Member {
  readonly label: string;
  readonly reference: MemberReference;
  /** Shared by all members that are made alike. */
  readonly facts: MemberFacts;
  /** Values that differ from member to member: coordinates along the dimension, scalars. */
  readonly values: ReadonlyMap<string, Values>;
  /** The dataset's own version, which the opened file must have. */
  readonly version: string;
}

export function locationOf({ id }: MemberReference): URL {
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(id) ? new URL(id) : pathToFileURL(id);
}

/** Which members there are and which entries named them, as one text: thousands of them are compared at once. */
export function idsOf(references: readonly MemberReference[]): string {
  const counts: number[] = [];
  for (const { entry } of references) counts[entry] = (counts[entry] ?? 0) + 1;
  return `${counts.join()}\0${references.map(({ id }) => id).join("\0")}`;
}

/** The ids in what `idsOf` gave. */
export function splitIds(ids: string): string[] {
  return ids.split("\0").slice(1);
}

/** For messages: the name of the file, with its folder where two have the same. */
export function memberLabels(references: readonly MemberReference[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of references) counts.set(name, (counts.get(name) ?? 0) + 1);
  return references.map((reference) => {
    const { name } = reference;
    if (counts.get(name) === 1) return name;
    const folder = locationOf(reference)
      .pathname.split("/")
      .filter((part) => part !== "")
      .at(-2);
    return folder === undefined ? name : `${decodeURIComponent(folder)}/${name}`;
  });
}

/** What to do about a variable that files do not share. */
export function withoutVariable(name: string): string {
  return `variables: { drop: [${name}] } leaves it out`;
}

/** Files that cannot be one dataset: a mistake of who chose them, which clients see as a failure of the server. */
export function refusal(message: string): GatewayError {
  return new GatewayError("upstream", `the files cannot be combined: ${message}`);
}
