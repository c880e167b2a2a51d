import type { ChunkSource, StoredChunks } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { planPublication } from "./publication.ts";

const zstd = { name: "zstd", configuration: { level: 3, checksum: false } };
const stored: StoredChunks = {
  grid: { shape: [6], chunkShape: [1] },
  codecs: [{ name: "bytes", configuration: { endian: "little" } }],
  read: async () => undefined,
  stat: async () => undefined,
};
const source: ChunkSource = {
  dtype: "float64",
  grid: { shape: [6], chunkShape: [6] },
  fill: null,
  read: async () => undefined,
  stored,
};
const planned = (variable: ChunkSource, format: "v2" | "v3") =>
  planPublication({ name: "time", dims: ["time"], attrs: {}, source: variable }, "time", format, zstd);

describe.each(["v2", "v3"] as const)("a variable in Zarr %s", (format) => {
  it("is published as it is stored", () => {
    expect(planned(source, format)).toMatchObject({ origin: { kind: "stored" } });
  });

  it("is encoded anew where its source puts small stored chunks together", () => {
    const plan = planned({ ...source, isAssembled: true }, format);
    expect(plan?.origin).toEqual({ kind: "encoded" });
    expect(plan?.description.encoding.grid).toEqual(source.grid);
  });
});
