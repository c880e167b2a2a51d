import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatChunkKey } from "./chunk-key.ts";
import { chunkIndexOf, parseZarrKey } from "./zarr-key.ts";

const V3 = { name: "default", separator: "/" } as const;
const V2 = { name: "v2", separator: "." } as const;
const names = fc
  .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((name) => !/[\\/\0]|^\.{1,2}$|^[A-Za-z]:$/.test(name) && name.isWellFormed());
const paths = fc.array(names, { minLength: 1, maxLength: 3 });
const indexes = fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 4 });

function encoded(path: readonly string[]): string {
  return path.map(encodeURIComponent).join("/");
}

describe("parseZarrKey", () => {
  it("reads back every chunk key of Zarr v3", () => {
    fc.assert(
      fc.property(paths, indexes, (path, index) => {
        const [key] = parseZarrKey(`${encoded(path)}/${formatChunkKey(V3, index)}`, ["v3"]);
        expect(key).toEqual({ kind: "chunk", path, index, format: "v3" });
      }),
    );
  });

  it("reads back every chunk key of Zarr v2, a scalar's by its rank", () => {
    fc.assert(
      fc.property(paths, indexes, (path, index) => {
        const [key] = parseZarrKey(`${encoded(path)}/${formatChunkKey(V2, index)}`, ["v2"]);
        const read = key?.kind === "chunk" ? chunkIndexOf(key.index, "v2", index.length) : undefined;
        expect(key).toMatchObject({ kind: "chunk", path, format: "v2" });
        expect(read).toEqual(index);
      }),
    );
  });

  it("never throws and never gives a name with a separator in it", () => {
    const pieces = fc.constantFrom(
      "..",
      "%2e%2e",
      "%2f",
      "\\",
      "%5c",
      "%00",
      "C:",
      "c",
      "0",
      "a",
      "%",
      "%ff",
      "",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (segments) => {
        for (const key of parseZarrKey(segments.join("/"), ["v3", "v2"])) {
          for (const name of key.path) expect(name).not.toMatch(/[\\/\0]|^\.{0,2}$/);
        }
      }),
    );
  });

  it.each([
    "../etc/passwd",
    "tas/../../x",
    "%2e%2e/x",
    "tas%2fc%2f0",
    "tas/%2e/c/0",
    "tas//c/0",
    "/tas/c/0",
    "tas\\c",
    "tas%5cc",
    "tas%00/c/0",
    "C:/tas",
    "tas/%",
    "tas/%ff/c/0",
  ])("reads nothing in %s", (text) => {
    expect(parseZarrKey(text, ["v3", "v2"])).toEqual([]);
  });

  it.each([
    ["v3", "tas/c/00/1"],
    ["v3", "tas/c/1/+0"],
    ["v3", "tas/c/0x1"],
    ["v3", "tas/c/1e3"],
    ["v3", "tas/c/-1"],
    ["v3", "tas/c/٣"],
    ["v3", "tas/0"],
    ["v2", "tas/00.1"],
    ["v2", "tas/0..1"],
    ["v2", "tas/0."],
    ["v2", "tas/-0"],
    ["v2", "tas/9007199254740993"],
  ] as const)("reads no chunk of %s in %s", (format, text) => {
    expect(parseZarrKey(text, [format]).filter((key) => key.kind === "chunk")).toEqual([]);
  });

  it("takes a slash at the end for a listing and nothing else", () => {
    expect(parseZarrKey("tas/c/0/", ["v3"])).toEqual([{ kind: "node", path: ["tas", "c", "0"] }]);
    expect(parseZarrKey("", ["v3"])).toEqual([{ kind: "node", path: [] }]);
    expect(parseZarrKey("/", ["v3"])).toEqual([{ kind: "node", path: [] }]);
  });

  it("gives all readings where only the dataset can tell", () => {
    expect(parseZarrKey("x/c/0", ["v3", "v2"])).toEqual([
      { kind: "chunk", path: ["x"], index: [0], format: "v3" },
      { kind: "chunk", path: ["x", "c"], index: [0], format: "v2" },
      { kind: "node", path: ["x", "c", "0"] },
    ]);
  });

  it("knows documents by their last segment", () => {
    expect(parseZarrKey("a/b/zarr.json", ["v3"])).toEqual([
      { kind: "document", path: ["a", "b"], name: "zarr.json" },
    ]);
    expect(parseZarrKey(".zmetadata", ["v2"])).toEqual([{ kind: "document", path: [], name: ".zmetadata" }]);
  });
});
