import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unshuffleModule } from "../../../../../scripts/unshuffle.ts";
import { shuffledBytes, unshuffleInto } from "../byte-shuffle.ts";

describe("unshuffled bytes", () => {
  const LENGTHS = [0, 1, 15, 16, 17, 64, 8191, 8192, 8193, 40_000];
  it.each([1, 2, 3, 4, 5, 8, 16])("are those that were shuffled, elements of %i bytes", (size) => {
    for (const count of LENGTHS) {
      for (const rest of [0, size - 1]) {
        const bytes = Uint8Array.from(
          { length: count * size + rest },
          (_, at) => (at * 2_654_435_761) >>> 13,
        );
        // a part of a buffer that begins anywhere
        const target = new Uint8Array(bytes.length + 3).subarray(3);
        unshuffleInto(shuffledBytes(bytes, size), target, size);
        expect(Buffer.compare(target, bytes)).toBe(0);
      }
    }
  });

  it("are made by the module that its text says", async () => {
    const written = await readFile(join(import.meta.dirname, "unshuffle-module.ts"), "utf8");
    expect(written).toBe(await unshuffleModule());
  });
});
