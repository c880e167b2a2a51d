import type { ArrayMetadata, JsonObject } from "@zarr-gateway/codecs";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { createByteCache, type JsonValue, parseJson } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { type Documents, datasetOf, readGolden } from "../fixtures/golden-dataset.ts";
import { createPublisher } from "./publisher.ts";

function published(dataset: Dataset, key: string): JsonValue {
  const publisher = createPublisher({
    cache: createByteCache(0),
    coder: createChunkCoder(),
    compressor: { name: "zstd", configuration: { level: 3 } },
  });
  const path = key.split("/");
  const name = path.pop() as "zarr.json"; // any document name will do
  const document = publisher.publication(dataset).document(path, name);
  return document ? parseJson(Buffer.from(document.bytes).toString()) : null;
}

/** zarr-python repeats an empty consolidated block in every nested `.zgroup`, which Zarr v2 does not have. */
function withoutNestedBlocks(document: JsonValue): JsonValue {
  const { metadata, ...rest } = document as JsonObject; // .zmetadata
  const entries = Object.entries(metadata as JsonObject).map(([key, value]): [string, JsonValue] => [
    key,
    key.endsWith(".zgroup") ? { zarr_format: 2n } : value,
  ]);
  return { ...rest, metadata: Object.fromEntries(entries) };
}

function keysOf(documents: Documents, ...names: string[]): string[] {
  return Object.keys(documents).filter((key) =>
    names.some((name) => key === name || key.endsWith(`/${name}`)),
  );
}

describe("documents of Zarr v3", () => {
  for (const name of ["climate-v3", "tree-v3"] as const) {
    const golden = readGolden(name);
    it(`equal those that xarray writes: ${name}`, () => {
      expect(published(datasetOf(golden), "zarr.json")).toEqual(golden["zarr.json"]);
    });
  }

  const encodings = readGolden("encodings-v3");
  for (const key of keysOf(encodings, "zarr.json").filter((key) => key !== "zarr.json")) {
    it(`equal those that zarr-python writes: ${key}`, () => {
      expect(published(datasetOf(encodings), key)).toEqual(encodings[key]);
    });
  }

  it("are consolidated at every group", () => {
    const dataset = datasetOf(readGolden("tree-v3"));
    const root = published(dataset, "zarr.json") as { consolidated_metadata: { metadata: JsonObject } };
    const child = published(dataset, "a/zarr.json") as { consolidated_metadata: { metadata: JsonObject } };
    const members = child.consolidated_metadata.metadata;
    expect(Object.keys(members)).toEqual(["v", "b", "b/w"]);
    expect(members["b/w"]).toEqual(root.consolidated_metadata.metadata["a/b/w"]);
  });
});

describe("documents of Zarr v2", () => {
  for (const name of ["climate-v2", "tree-v2"] as const) {
    const golden = readGolden(name);
    it(`equal those that xarray writes: ${name}`, () => {
      const dataset = datasetOf(golden);
      expect(published(dataset, ".zmetadata")).toEqual(withoutNestedBlocks(golden[".zmetadata"] ?? null));
      for (const key of keysOf(golden, ".zarray", ".zattrs", ".zgroup")) {
        expect(published(dataset, key), key).toEqual(golden[key]);
      }
    });
  }

  const encodings = readGolden("encodings-v2");
  const isSaidOtherwise = (key: string): boolean => /^(?:shuffled|rounded)\//.test(key);
  for (const key of keysOf(encodings, ".zarray").filter((key) => !isSaidOtherwise(key))) {
    it(`equal those that zarr-python writes: ${key}`, () => {
      expect(published(datasetOf(encodings), key)).toEqual(encodings[key]);
    });
  }

  it("name no filters where a Blosc frame says the same", () => {
    expect(published(datasetOf(encodings), "shuffled/.zarray")).toMatchObject({
      filters: null,
      compressor: { id: "blosc", cname: "zlib", shuffle: 1n },
    });
  });

  it("name no filters that do nothing when reading", () => {
    const { filters, compressor } = published(datasetOf(encodings), "rounded/.zarray") as JsonObject;
    expect([filters, compressor]).toEqual([
      null,
      { id: "blosc", cname: "zstd", clevel: 3n, shuffle: 2n, blocksize: 0n },
    ]);
  });
});

describe("one dataset in both formats", () => {
  const asStoredNowhere = (array: ArrayMetadata): ArrayMetadata => ({
    ...array,
    encoding: { ...array.encoding, fill: null },
  });

  it("says in v2 what xarray says of the same content, but for the compressor", () => {
    const golden = readGolden("climate-v2");
    const dataset = datasetOf(readGolden("climate-v3"), asStoredNowhere);
    for (const key of keysOf(golden, ".zarray").filter((key) => !key.startsWith("label/"))) {
      const { compressor: _, ...expected } = golden[key] as JsonObject;
      const { compressor: __, ...found } = published(dataset, key) as JsonObject;
      expect(found, key).toEqual(expected);
      const attributes = key.replace(".zarray", ".zattrs");
      expect(published(dataset, attributes), attributes).toEqual(golden[attributes]);
    }
  });

  it("says in v3 what xarray says of the same content, but for compressor and fill of missing chunks", () => {
    const golden = readGolden("climate-v3");
    const dataset = datasetOf(readGolden("climate-v2"));
    for (const key of keysOf(golden, "zarr.json")) {
      if (key === "zarr.json" || key.startsWith("label/")) continue;
      const { codecs: _, fill_value: __, ...expected } = golden[key] as JsonObject;
      const { codecs: ___, fill_value: ____, ...found } = published(dataset, key) as JsonObject;
      expect(found, key).toEqual(expected);
    }
  });
});
