import { hash } from "node:crypto";
import type { ChunkVersion } from "@zarr-gateway/dataset";
import { mapConcurrently } from "@zarr-gateway/primitives";
import type { InitialConditions } from "../initial-conditions.ts";
import type { FieldReader } from "./read/field-reader.ts";

/** A client that walks along lead times asks for the same version again and again, and each takes a look at many chunks. */
const RECENT_MS = 2000;
const MAX_KNOWN = 10_000;
const MAX_CONCURRENT = 8;

export interface StateVersionOptions {
  readonly readers: readonly FieldReader[];
  /** Positions along the readers' times of all entries of a first state. */
  entriesOf(init: number): readonly number[];
}

/** Versions of first states out of those of the chunks that they are read from; undefined where chunks have none. */
export function stateVersions(options: StateVersionOptions): InitialConditions["stateVersion"] {
  if (options.readers.some(({ version }) => version === undefined)) return undefined;
  const known = new Map<
    number,
    { readonly atMs: number; readonly version: Promise<ChunkVersion | undefined> }
  >();
  return (init) => {
    const nowMs = performance.now();
    const recent = known.get(init);
    if (recent !== undefined && nowMs - recent.atMs < RECENT_MS) return recent.version;
    // shared by all who ask, so that nobody's leaving may end it
    const version = stateVersion(init, options);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(init, { atMs: nowMs, version });
    version.catch(() => known.delete(init));
    return version;
  };
}

async function stateVersion(
  init: number,
  { readers, entriesOf }: StateVersionOptions,
): Promise<ChunkVersion | undefined> {
  const looks = entriesOf(init).flatMap((time) => readers.map((reader) => ({ reader, time })));
  const versions = await mapConcurrently(looks, MAX_CONCURRENT, async ({ reader, time }) =>
    reader.version?.(time),
  );
  const found = versions.filter((one) => one !== undefined);
  if (found.length < looks.length) return undefined;
  const dates = found.map(({ modifiedAt }) => modifiedAt ?? Number.NaN);
  const modifiedAt = Math.max(0, ...dates);
  return {
    version: hash("sha1", found.map(({ version }) => version).join("\n"), "base64url"),
    ...(Number.isFinite(modifiedAt) && { modifiedAt }),
  };
}
