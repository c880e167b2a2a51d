import type { DatasetSummary } from "@zarr-gateway/plugin";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { flatCatalog, nestedCatalog, versionTwoCatalog } from "./catalogs.ts";
import { expectedFlat, expectedVersionTwo, hostileSummaries } from "./testing/expected-catalogs.ts";
import { flowYaml } from "./yaml.ts";

const OPTIONS = {
  base: "https://h",
  accessUrl: "https://h/intake.yaml",
  plugins: new Set(["zarr", "references"]),
  preferred: "zarr",
  texts: { of: async (_: unknown, __: string, write: () => string) => Buffer.from(write()) },
} as const;

async function* batches(...all: DatasetSummary[]): AsyncGenerator<DatasetSummary[]> {
  yield all.slice(0, 2);
  yield all.slice(2);
}

async function textOf(parts: AsyncIterable<string | Uint8Array>): Promise<string> {
  return (await Array.fromAsync(parts)).map(String).join("");
}

interface ReadCatalog {
  readonly sources: Record<string, { readonly args: Record<string, unknown> }>;
  readonly metadata: { readonly unavailable?: unknown };
}

function parsed(text: string): ReadCatalog {
  return parse(text) as ReadCatalog; // compared with what is expected
}

describe("catalogs", () => {
  it("list only methods that a dataset has, and what cannot be opened apart", async () => {
    const text = await textOf(
      flatCatalog(batches({ id: "air", hasStoredChunks: false }, { id: "bad", failure: "torn" }), OPTIONS),
    );
    const { sources, metadata } = parsed(text);
    expect(Object.keys(sources)).toEqual(["air", "air.zarr", "air.zarr2"]);
    expect(sources["air"]?.args["urlpath"]).toBe("https://h/datasets/air/{{ method }}");
    expect(metadata.unavailable).toEqual({ bad: "torn" });
  });

  it("are whole without any dataset", async () => {
    expect(parsed(await textOf(nestedCatalog(batches(), OPTIONS))).sources).toEqual({});
    const two = parsed(await textOf(versionTwoCatalog(batches(), OPTIONS)));
    expect(two).toMatchObject({ version: 2, data: {}, entries: {}, aliases: {}, user_parameters: {} });
  });

  it("hold no text that a client would run or replace", async () => {
    const hostile = "{{ shell('x') }} {% x %} {# x #}\n- a: b";
    for (const write of [flatCatalog, nestedCatalog, versionTwoCatalog]) {
      const text = await textOf(
        write(
          batches({ id: "air", title: hostile, license: "data(x)", variables: [`g/${hostile}/v`] }),
          OPTIONS,
        ),
      );
      expect(text.replaceAll("{{ method }}", "")).not.toMatch(/\{[{%#]/);
      expect(text).not.toContain('"data(x)"');
      expect(() => parsed(text)).not.toThrow();
    }
  });
});

describe("catalogs of hostile texts", () => {
  it.each([
    ["version 1", flatCatalog, expectedFlat],
    ["version 2", versionTwoCatalog, expectedVersionTwo],
  ] as const)("stand for the same objects in %s", async (_, write, expected) => {
    await fc.assert(
      fc.asyncProperty(hostileSummaries, async (all) => {
        const text = await textOf(write(batches(...all), OPTIONS));
        expect(parse(text, { maxAliasCount: 0 })).toEqual(expected(all, OPTIONS));
      }),
      { numRuns: 120 },
    );
  });
});

describe("flowYaml", () => {
  it("writes what YAML 1.1 and 1.2 read alike", () => {
    expect(flowYaml({ no: "no", a: 1e-7, b: [1.5, true], c: undefined })).toBe(
      '{"no": "no", a: 1.0e-7, b: [1.5, true]}',
    );
    expect(flowYaml("\ud800")).toBe('"\ufffd"');
    expect(flowYaml("\u0085\u2028\u202e\ud800")).toBe('"\\u0085\\u2028\\u202e\ufffd"');
  });
});
