import { describe, expect, it } from "vitest";
import { parseReferenceJson } from "./parse-reference-json.ts";

const parse = (value: unknown, maxGenerated = 1000): ReturnType<typeof parseReferenceJson> =>
  parseReferenceJson(typeof value === "string" ? value : JSON.stringify(value), { maxGenerated });
const REFS = { ".zgroup": '{"zarr_format":2}' };
const gen = (generator: unknown, templates: unknown = {}): unknown => ({
  version: 1,
  templates,
  gen: [generator],
  refs: REFS,
});

describe("parseReferenceJson", () => {
  it("reads the example of kerchunk's specification", () => {
    const set = parse({
      version: 1,
      templates: { u: "server.domain/path", f: "{{c}}" },
      gen: [
        {
          key: "gen_key{{i}}",
          url: "http://{{u}}_{{i}}",
          offset: "{{(i + 1) * 1000}}",
          length: "1000",
          dimensions: { i: { stop: 5 } },
        },
      ],
      refs: {
        ...REFS,
        key0: "data",
        key1: ["http://target_url", 10000, 100],
        key2: ["http://{{u}}", 10000, 100],
        key3: ["http://{{f(c='text')}}", 10000, 100],
        key4: ["http://target_url"],
      },
    });
    expect(set.entry("gen_key0")).toEqual(["http://server.domain/path_0", 1000, 1000]);
    expect(set.entry("gen_key4")).toEqual(["http://server.domain/path_4", 5000, 1000]);
    expect(set.entry("gen_key5")).toBeUndefined();
    expect(set.entry("key0")).toBe("data");
    expect(set.entry("key1")).toEqual(["http://target_url", 10000, 100]);
    expect(set.entry("key2")).toEqual(["http://server.domain/path", 10000, 100]);
    expect(set.entry("key3")).toEqual(["http://text", 10000, 100]);
    expect(set.entry("key4")).toEqual(["http://target_url"]);
    expect([...set.documents.keys()]).toEqual([".zgroup"]);
  });

  it("tells integers and floating-point numbers of metadata apart, as text and as objects", () => {
    for (const attrs of ['{"a": 1, "b": 1.0}', { a: 1, b: 1.5 }]) {
      const document = parse({ ...REFS, ".zattrs": attrs }).documents.get(".zattrs");
      expect(typeof document?.["a"]).toBe("bigint");
      expect(typeof document?.["b"]).toBe("number");
    }
    const python = parse('{".zgroup": {"zarr_format": 2}, "x/.zarray": {"fill_value": NaN}}');
    expect(python.documents.get("x/.zarray")?.["fill_value"]).toBeNaN();
  });

  it("has no keys that nobody has written", () => {
    expect(parse(REFS).entry("constructor")).toBeUndefined();
    expect(parse('{".zgroup": "{}", "__proto__": ["a", 1, 2]}').entry("__proto__")).toEqual(["a", 1, 2]);
  });

  it("bounds what generators make before they make it", () => {
    const huge = gen({ key: "{{i}}.{{j}}", url: "u", dimensions: { i: { stop: 1e6 }, j: { stop: 1e6 } } });
    expect(() => parse(huge)).toThrow("more than 1000 references");
    expect(() => parse(gen({ key: "x", url: "u", dimensions: { i: { stop: 9, step: 0 } } }))).toThrow(
      "neither a list",
    );
    expect(() => parse(gen({ key: "x", url: "u", offset: "1", dimensions: {} }))).toThrow("only one of");
    expect(() => parse(gen({ key: "x", url: "u", dimensions: { i: [{}] } }))).toThrow("neither text nor");
    expect(() => parse(gen({ key: "{{x()}}", url: "u", dimensions: {} }, { x: "{{x()}}" }))).toThrow(
      "nobody has said",
    );
    expect(
      parse(gen({ key: "x{{i}}", url: "u", dimensions: { i: { start: 4, stop: 0, step: -2 } } })).entry("x2"),
    ).toEqual(["u"]);
  });

  it("says what is wrong with other documents", () => {
    expect(() => parse("")).toThrow("it is empty");
    expect(() => parse('{"a": ')).toThrow("not JSON");
    expect(() => parse("[]")).toThrow("no object");
    expect(() => parse({ type: "FeatureCollection" })).toThrow("no reference set");
    expect(() => parse({ version: 2, refs: {} })).toThrow("version 0 or 1, not 2");
    expect(() => parse({ version: 1 })).toThrow('"refs"');
    expect(() => parse({ ".zgroup": "{" })).toThrow('".zgroup" is damaged');
    expect(() => parse({ ".zgroup": 7 })).toThrow("neither an object");
    expect(() => parse("[".repeat(100_000))).toThrow();
    expect(() => parse(`{".zgroup":${"[".repeat(50_000)}${"]".repeat(50_000)}}`)).toThrow();
  });
});
