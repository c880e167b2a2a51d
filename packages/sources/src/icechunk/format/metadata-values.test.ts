import { readFile } from "node:fs/promises";
import { type JsonValue, parseJson } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlatBuffer } from "./flatbuffer.ts";
import { decodeFlexValue } from "./flex-value.ts";
import { decodeMessagePack } from "./message-pack.ts";

/** Written by icechunk 2.3.0 as the metadata of a commit, in repositories of both versions of the format. */
const FIXTURE = new URL("../../../fixtures/icechunk/metadata.json", import.meta.url);
const parsed = parseJson(await readFile(FIXTURE, "utf8")) as Readonly<Record<string, JsonValue>>; // an object
const owner = new FlatBuffer(new Uint8Array(), "snapshots/X");

describe.each([
  ["flexBuffers", decodeFlexValue],
  ["messagePack", decodeMessagePack],
] as const)("metadata of a commit in %s", (name, decode) => {
  const bytes = Buffer.from(String(parsed[name]), "base64");

  it("are the values that were written", () => {
    expect(decode(bytes, owner)).toEqual(parsed["value"]);
  });

  it("fail with a clear error where they are cut or changed, and never run away", () => {
    expect(() => decode(bytes.subarray(0, bytes.length - 1), owner)).toThrow();
    expect(() => decode(Buffer.alloc(0), owner)).toThrow(/damaged/);
    const changed = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(changed, { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at] = value;
        try {
          decode(copy, owner);
        } catch (error) {
          expect(String(error)).toMatch(/damaged/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it("a value that contains itself ten times over at each of thirty levels is refused", () => {
  // vectors of ten that all lead to the vector before
  const parts: number[] = [0, 0];
  let previous = 1;
  for (let level = 0; level < 20; level += 1) {
    parts.push(10);
    const start = parts.length;
    for (let item = 0; item < 10; item += 1) parts.push(start + item - previous);
    parts.push(...new Array<number>(10).fill((level === 0 ? 5 : 10) << 2));
    previous = start;
  }
  parts.push(parts.length - previous, 10 << 2, 1);
  expect(() => decodeFlexValue(Uint8Array.from(parts), owner)).toThrow(/without end/);
});
