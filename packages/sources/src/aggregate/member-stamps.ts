import { fileURLToPath } from "node:url";
import { type CallOptions, siblingModule, type WorkerPool, type WorkerTask } from "@zarr-gateway/primitives";
import type { MemberReference } from "./member.ts";
import type { StampInput } from "./stamp-task.ts";

const STAMP: WorkerTask<StampInput, (string | null)[]> = {
  module: siblingModule(import.meta.url, "stamp-task"),
  name: "stampFiles",
};

/**
 * What each member is as long as it does not change, found out without opening it; undefined where that is not
 * possible: it lies on another machine, or in a format whose files are not known here.
 */
export async function memberStamps(
  references: readonly MemberReference[],
  { pool, group, signal }: CallOptions & { readonly pool: WorkerPool; readonly group: string },
): Promise<(string | undefined)[]> {
  const stamps = new Array<string | undefined>(references.length);
  const local: number[] = [];
  const paths: string[] = [];
  for (const [position, { location }] of references.entries()) {
    if (location.protocol !== "file:") continue;
    local.push(position);
    paths.push(fileURLToPath(location));
  }
  if (paths.length === 0) return stamps;
  const found = await pool.run(STAMP, { paths, group }, { signal });
  for (const [at, position] of local.entries()) stamps[position] = found[at] ?? undefined;
  return stamps;
}
