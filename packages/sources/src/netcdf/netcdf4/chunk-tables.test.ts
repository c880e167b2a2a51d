import { elementCount, linearIndex } from "@zarr-gateway/dataset";
import { describe, expect, it, vi } from "vitest";
import { findChunk, type Hdf5Dataset, type Hdf5File, openHdf5File, readChunkIndex } from "../hdf5/index.ts";
import { ChunkTables, type IndexedChunks, indexedChunks } from "./chunk-tables.ts";
import { goldenBytes, goldenNames, memoryAccess } from "./fixtures/golden.ts";
import { type GroupNode, readTree } from "./object-tree.ts";

function datasetsOf(group: GroupNode): Hdf5Dataset[] {
  return [...group.datasets.map(({ object }) => object), ...group.groups.flatMap(datasetsOf)];
}

async function openChunked(name: string) {
  const access = memoryAccess(goldenBytes(name));
  const file = await openHdf5File(access);
  const { root } = await readTree(file.buffered());
  const chunked = datasetsOf(root).flatMap((dataset): IndexedChunks[] => {
    const { layout, space } = dataset;
    return layout.kind === "chunked" ? [indexedChunks(dataset, layout, space.shape)] : [];
  });
  return { access, file, chunked };
}

/** All positions of a small grid; of a large one those around what was written, and some between. */
function positionsIn(total: number, written: readonly number[]): number[] {
  if (total <= 3000) return Array.from({ length: total }, (_, position) => position);
  const around = written.slice(0, 500).flatMap((position) => [position - 1, position, position + 1]);
  const between = Array.from({ length: 200 }, (_, i) => Math.floor((i / 200) * total));
  return [...new Set([...around, ...between, total - 1])].filter((p) => p >= 0 && p < total);
}

function indexAt(counts: readonly number[], position: number): number[] {
  const index = counts.map(() => 0);
  let rest = position;
  for (let axis = counts.length - 1; axis >= 0; axis -= 1) {
    index[axis] = rest % (counts[axis] ?? 1);
    rest = Math.floor(rest / (counts[axis] ?? 1));
  }
  return index;
}

describe.each(goldenNames())("%s", (name) => {
  it("gives the same for one chunk as its whole index does", async () => {
    const { file, chunked } = await openChunked(name);
    const nodes: Hdf5File = file.buffered();
    for (const { request, counts } of chunked) {
      const table = await readChunkIndex(file, request);
      const written = table.positions ? [...table.positions] : [...table.offsets.keys()];
      for (const position of positionsIn(elementCount(counts), written)) {
        const index = indexAt(counts, position);
        if (linearIndex(counts, index) !== position) continue; // beyond what numbers can tell apart
        const found = { counts, index, entry: await findChunk(nodes, request, index) };
        expect(found).toEqual({ counts, index, entry: table.find(position) });
      }
    }
  });
});

describe.each(["deep-earliest.h5", "deep-latest.h5"])("the first chunk of thousands in %s", (name) => {
  it("takes a few reads, and the whole index is read when more are asked for", async () => {
    const { access, file, chunked } = await openChunked(name);
    for (const chunks of chunked) {
      const tables = new ChunkTables(file);
      const before = access.reads;
      await tables.find(chunks, [30, 25]);
      expect(access.reads - before).toBeLessThanOrEqual(8);
      await vi.waitFor(async () => {
        const then = access.reads;
        for (let i = 0; i < 60; i += 1) await tables.find(chunks, [i, i % 50]);
        expect(access.reads).toBe(then);
      });
      tables.close();
    }
  });
});

describe("an index that cannot be read whole", () => {
  it("still gives the chunks on the way to which nothing is damaged", async () => {
    const { file, chunked, access } = await openChunked("deep-earliest.h5");
    const [chunks] = chunked;
    if (!chunks) throw new Error("the file has one");
    const { layout } = chunks.request;
    const first = await findChunk(file, chunks.request, [0, 0]);
    expect(first).toBeDefined();
    const leaf = await lastLeafOf(file, layout.address ?? 0);
    (await access.read(leaf, 4)).fill(0); // a view of the file
    const tables = new ChunkTables(file);
    for (let i = 0; i < 40; i += 1) expect(await tables.find(chunks, [0, 0])).toEqual(first);
    await expect(tables.find(chunks, [59, 49])).rejects.toMatchObject({ code: "upstream" });
    await expect(readChunkIndex(file, chunks.request)).rejects.toMatchObject({ code: "upstream" });
  });
});

/** Address of the last leaf of a version 1 B-tree over two dimensions. */
async function lastLeafOf(file: Hdf5File, root: number): Promise<number> {
  const node = await file.cursor(root, 2000);
  if (node.bytes[5] === 0) return root;
  node.skip(6);
  const children = node.u16();
  node.skip(16 + 40 * (children - 1) + 32);
  return lastLeafOf(file, node.requiredAddress("a leaf"));
}
