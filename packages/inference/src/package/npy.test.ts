import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { NPY_HEADER_BYTES, NpyError, parseNpyHeader } from "./npy.ts";
import { readNpyFile } from "./npy-file.ts";
import { npyFloat32, testFolder } from "./testing/package-folder.ts";

const FOLDER = join(import.meta.dirname, "fixtures/npy");
interface Expected {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as Record<string, Expected>; // written by make-npy.py

describe("an .npy file", () => {
  it.each(Object.entries(EXPECTED))("%s is read as NumPy reads it", async (name, { shape, values }) => {
    const array = await readNpyFile(join(FOLDER, `${name}.npy`));
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.values)).toEqual(values);
  });

  it.each(globSync(join(FOLDER, "refused-*.npy")).map((path) => basename(path)))(
    "%s is refused",
    async (name) => {
      await expect(readNpyFile(join(FOLDER, name))).rejects.toThrow(NpyError);
    },
  );

  it("that is cut off, or too long, says how many bytes were expected", async () => {
    const whole = npyFloat32([2, 3], [1, 2, 3, 4, 5, 6]);
    await using folder = await testFolder({
      "short.npy": whole.subarray(0, whole.length - 1),
      "long.npy": Buffer.concat([whole, Buffer.alloc(3)]),
      "header.npy": whole.subarray(0, 40),
      "nothing.npy": "",
    });
    const read = (name: string): Promise<unknown> => readNpyFile(join(folder.path, name));
    await expect(read("short.npy")).rejects.toThrow("expected 24 bytes for the shape (2, 3); got 23");
    await expect(read("long.npy")).rejects.toThrow("expected 24 bytes for the shape (2, 3); got 27");
    await expect(read("header.npy")).rejects.toThrow("is cut off");
    await expect(read("nothing.npy")).rejects.toThrow("does not begin as .npy files do");
  });

  it("that declares more than memory has is refused before anything is allocated", async () => {
    await using folder = await testFolder({ "huge.npy": npyFloat32([1_000_000, 1_000_000], [1]) });
    await expect(readNpyFile(join(folder.path, "huge.npy"))).rejects.toThrow(
      "expected at most 1073741824 bytes",
    );
  });

  it("of any bytes is an array or an NpyError", () => {
    const whole = npyFloat32([2, 3], [1, 2, 3, 4, 5, 6]);
    let seed = 1;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(whole.subarray(0, Math.min(whole.length, NPY_HEADER_BYTES)));
      for (let k = 0; k < 3; k++) {
        seed = (seed * 48_271) % 2_147_483_647;
        bytes[seed % 128] = (seed >> 8) % 256;
      }
      try {
        parseNpyHeader(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(NpyError);
      }
    }
  });
});
