import { describe, expect, it } from "vitest";
import { openShardIndex, parseShardingConfiguration } from "./shard-index.ts";

const sharding = parseShardingConfiguration({
  name: "sharding_indexed",
  configuration: {
    chunk_shape: [2n, 3],
    codecs: ["bytes"],
    index_codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }],
  },
});

describe("the index of a shard", () => {
  it("has sixteen bytes for each inner chunk and its checksum", async () => {
    const reader = await openShardIndex(sharding, [4, 9]);
    expect([reader.byteLength, reader.location]).toEqual([6 * 16 + 4, "end"]);
  });
  it("says where inner chunks lie and which are missing", async () => {
    const reader = await openShardIndex(sharding, [4, 6]);
    const entries = [{ offset: 0, length: 5 }, undefined, { offset: 5, length: 7 }, undefined];
    const index = reader.parse(reader.format(entries), 200);
    expect([index.entry([0, 0]), index.entry([0, 1]), index.entry([1, 0])]).toEqual(entries.slice(0, 3));
  });
  it("is refused when its checksum is wrong, its length is wrong, or an entry leaves the shard", async () => {
    const reader = await openShardIndex(sharding, [2, 3]);
    const bytes = reader.format([{ offset: 100, length: 50 }]);
    expect(() => reader.parse(bytes.map((value, at) => (at === 0 ? value ^ 1 : value)))).toThrow(/checksum/);
    expect(() => reader.parse(bytes.subarray(1))).toThrow(/has 19 bytes, not 20/);
    expect(() => reader.parse(bytes, 120).entry([0, 0])).toThrow(/past its end/);
    expect(reader.parse(bytes).entry([0, 0])).toEqual({ offset: 100, length: 50 });
  });
  it("of an enormous shard costs nothing to open", async () => {
    const reader = await openShardIndex(sharding, [2 ** 40, 3]);
    expect(reader.byteLength).toBe(2 ** 39 * 16 + 4);
  });
});
