import { createHash } from "node:crypto";
import { type CallOptions, siblingModule, type WorkerPool, type WorkerTask } from "@zarr-gateway/primitives";
import type { MemberReference } from "./member.ts";
import { digestOfStamps, type StampInput } from "./stamp-task.ts";

const MODULE = siblingModule(import.meta.url, "stamp-task");
const STAMP: WorkerTask<StampInput, string> = { module: MODULE, name: "stampFiles" };
const DIGEST: WorkerTask<StampInput, string> = { module: MODULE, name: "stampDigest" };
/** Files a task looks at: some 10 ms, so that others have their turn, and more threads than one can take part. */
const FILES_A_TASK = 2500;

export interface StampOptions extends CallOptions {
  readonly pool: WorkerPool;
  readonly group: string;
}

/**
 * What each member is as long as it does not change, found out without opening it; undefined where that is not
 * possible: it lies on another machine, or in a format whose files are not known here.
 */
export async function memberStamps(
  references: readonly MemberReference[],
  options: StampOptions,
): Promise<(string | undefined)[]> {
  const parts = await Promise.all(
    batches(references).map(async (batch) => {
      if (!batch.every(isLocal)) return stampsOfMixed(batch, options);
      return split(await options.pool.run(STAMP, inputOf(batch, options), { signal: options.signal }));
    }),
  );
  return parts.flat();
}

/** One digest of the stamps of all members; undefined where one of them has none. */
export async function memberDigest(
  references: readonly MemberReference[],
  options: StampOptions,
): Promise<string | undefined> {
  if (references.length === 0 || !references.every(isLocal)) return undefined;
  const parts = await Promise.all(
    batches(references).map((batch) =>
      options.pool.run(DIGEST, inputOf(batch, options), { signal: options.signal }),
    ),
  );
  return joinDigests(parts);
}

/** What `memberDigest` gave when the stamps were these. */
export function digestOf(stamps: readonly (string | undefined)[]): string | undefined {
  return joinDigests(
    batches(stamps).map((batch) => digestOfStamps(batch.map((stamp) => stamp ?? "").join("\0"))),
  );
}

function joinDigests(parts: readonly string[]): string | undefined {
  if (parts.length === 0 || parts.includes("")) return undefined;
  return createHash("sha256").update(parts.join(" ")).digest("base64url");
}

export function isLocal({ id }: MemberReference): boolean {
  return id.startsWith("/") || /^[A-Za-z]:[\\/]/.test(id);
}

async function stampsOfMixed(
  batch: readonly MemberReference[],
  options: StampOptions,
): Promise<(string | undefined)[]> {
  const local = batch.filter(isLocal);
  if (local.length === 0) return batch.map(() => undefined);
  const found = split(await options.pool.run(STAMP, inputOf(local, options), { signal: options.signal }));
  return batch.map((member) => (isLocal(member) ? found[local.indexOf(member)] : undefined));
}

function inputOf(batch: readonly MemberReference[], { group }: StampOptions): StampInput {
  return { paths: batch.map(({ id }) => id).join("\0"), group };
}

function split(stamps: string): (string | undefined)[] {
  return stamps.split("\0").map((stamp) => (stamp === "" ? undefined : stamp));
}

function batches<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / FILES_A_TASK);
  return Array.from({ length: count }, (_, at) => items.slice(at * FILES_A_TASK, (at + 1) * FILES_A_TASK));
}
