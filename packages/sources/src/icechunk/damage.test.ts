import { createChunkCoder } from "@zarr-gateway/codecs";
import { isGatewayError } from "@zarr-gateway/primitives";
import { memoryStore } from "@zarr-gateway/stores";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { listVersions } from "./list-versions.ts";
import { openIcechunk } from "./open-icechunk.ts";
import { arraysOf, chunkIndices, FIXTURES, unpackedEntries, virtualTargets } from "./test-repositories.ts";

const coder = createChunkCoder({ maxChunkBytes: 1e6 });
const limits = { maxManifestBytes: 1e6, maxSnapshotBytes: 1e6, maxRepoInfoBytes: 1e6 };

/** Change of one file: bytes from a position on are cut, some are replaced, or one bit turns. */
interface Damage {
  readonly entry: number;
  readonly position: number;
  readonly kind: "cut" | "bit" | "bytes";
  readonly bytes: Uint8Array;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  entry: fc.nat(),
  position: fc.nat(),
  kind: fc.constantFrom("cut", "bit", "bytes"),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constant(new Uint8Array(4).fill(255)),
    fc.constant(new Uint8Array(4)),
  ),
});

function damaged(entries: ReadonlyMap<string, Uint8Array>, change: Damage): Map<string, Uint8Array> {
  const keys = [...entries.keys()].filter((key) => !/^(chunks|transactions|overwritten)\//.test(key));
  const key = keys[change.entry % keys.length] ?? "";
  const bytes = Uint8Array.from(entries.get(key) ?? []);
  const at = change.position % bytes.length;
  if (change.kind === "cut") return new Map([...entries, [key, bytes.subarray(0, at)]]);
  if (change.kind === "bit") bytes[at] = (bytes[at] ?? 0) ^ (1 << ((change.bytes[0] ?? 0) % 8));
  else bytes.set(change.bytes.subarray(0, bytes.length - at), at);
  return new Map([...entries, [key, bytes]]);
}

async function readMuch(entries: Map<string, Uint8Array>): Promise<void> {
  const store = memoryStore(entries);
  const dataset = await openIcechunk(store, { coder, limits, virtual: virtualTargets() });
  for (const source of arraysOf(dataset).values()) {
    for (const index of chunkIndices(source, 8)) {
      await ignoringFailure(() => source.read(index));
      await ignoringFailure(async () => source.stored?.locate?.(index));
    }
  }
  await listVersions(store, { maxVersions: 20, limits });
}

async function ignoringFailure(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isGatewayError(error) || error.code === "internal") throw error;
  }
}

describe.each(["v1", "v2-virtual"])("a repository like %s with damage anywhere", (name) => {
  let entries: Map<string, Uint8Array>;
  beforeAll(async () => {
    entries = await unpackedEntries(new URL(`${name}/`, FIXTURES));
  });

  it("is read, or fails with an error of this project, in little time", async () => {
    await readMuch(entries);
    const check = async (change: Damage) => ignoringFailure(() => readMuch(damaged(entries, change)));
    await fc.assert(fc.asyncProperty(damage, check), { numRuns: 300 });
  });

  it("names the damaged file", async () => {
    for (const key of entries.keys()) {
      if (!/^(repo$|snapshots\/|refs\/branch.main)/.test(key) || key.includes("1CECHNKREP0F1RSTCMT0"))
        continue;
      const changed = new Map([...entries, [key, (entries.get(key) ?? new Uint8Array()).slice(0, 45)]]);
      const read = openIcechunk(memoryStore(changed), { coder }).then(() =>
        listVersions(memoryStore(changed)),
      );
      const isUsed =
        !name.startsWith("v1") ||
        (await listVersions(memoryStore(entries))).some(({ id }) => key.endsWith(id));
      if (isUsed) await expect(read, key).rejects.toMatchObject({ code: "upstream", details: { key } });
    }
    expect.hasAssertions();
  });
});
