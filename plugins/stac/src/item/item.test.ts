import type { DatasetDescription, TemporalExtent } from "@zarr-gateway/dataset";
import type { DescribedDataset } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { catalogOptions } from "../options.ts";
import { type Item, stacItem } from "./item.ts";
import { plainMarkdown } from "./plain-text.ts";

const context = { base: "https://example.org", has: () => true };
const catalog = catalogOptions.parse({});

function itemOf(description: Partial<DatasetDescription>): Item {
  const whole: DatasetDescription = {
    keywords: [],
    providers: [],
    dimensions: [],
    variables: [],
    bytes: 0,
    notes: [],
    ...description,
  };
  const described: DescribedDataset = {
    id: "a",
    immutable: false,
    hasStoredChunks: true,
    hasHistory: false,
    attrs: {},
    description: whole,
  };
  return stacItem(
    described,
    { collection: "c", facets: { source_id: "M", datetime: "x", title: "y" } },
    { catalog, context },
  );
}

describe("an item", () => {
  it("is in two parts where it crosses the antimeridian", () => {
    const { geometry, bbox } = itemOf({ space: { bbox: [170, -10, -170, 10], grid: "regular" } });
    expect(bbox).toEqual([170, -10, -170, 10]);
    expect(geometry?.type).toBe("MultiPolygon");
    expect(JSON.stringify(geometry?.coordinates)).toBe(
      "[[[[170,-10],[180,-10],[180,10],[170,10],[170,-10]]],[[[-180,-10],[-170,-10],[-170,10],[-180,10],[-180,-10]]]]",
    );
  });
  it("has years that RFC 3339 can say", () => {
    const time = { calendar: "noleap", isApproximate: true, variable: "time" };
    const { properties } = itemOf({
      time: { ...time, start: "0000-01-16T00:00:00Z", end: "+012000-01-01T00:00:00Z" },
    });
    expect(properties).toMatchObject({
      datetime: null,
      start_datetime: "0001-01-01T00:00:00Z",
      end_datetime: "9999-12-31T23:59:59Z",
    });
  });
  it("says of one forecast when it starts and how long it is, of several only the times that they are for", () => {
    const start = "2000-01-01T00:00:00Z";
    const time = { calendar: "standard", isApproximate: false, variable: "init_time", start };
    const lead = { variable: "lead_time", first: "PT0S", last: "P10D", span: "P10D" };
    const reference = { variable: "init_time", first: start, last: start, count: 1 };
    const fieldsOf = (forecast: NonNullable<TemporalExtent["forecast"]>, end: string) =>
      Object.fromEntries(
        Object.entries(itemOf({ time: { ...time, end, forecast } }).properties).filter(([name]) =>
          /^(forecast:|.*datetime$)/.test(name),
        ),
      );
    const end = "2000-01-11T00:00:00Z";
    const period = { datetime: null, start_datetime: start, end_datetime: end };
    expect(fieldsOf({ reference, lead }, end)).toEqual({
      ...period,
      "forecast:reference_datetime": start,
      "forecast:duration": "P10D",
    });
    expect(fieldsOf({ reference, lead: { ...lead, first: "P10D", span: "PT0S" } }, end)).toMatchObject({
      "forecast:horizon": "P10D",
    });
    expect(fieldsOf({ reference: { ...reference, count: 2 }, lead }, end)).toEqual(period);
  });
  it("has a time even where the dataset has none, and no place where it has none", () => {
    const item = itemOf({});
    expect(item.properties["datetime"]).toBe("1970-01-01T00:00:00Z");
    expect(item.geometry).toBeNull();
    expect(item).not.toHaveProperty("bbox");
  });
  it("lets no attribute stand for a field of STAC", () => {
    expect(itemOf({ title: "T" }).properties).toMatchObject({
      source_id: "M",
      title: "T",
      datetime: "1970-01-01T00:00:00Z",
    });
  });
  it("describes every dimension that a variable has, and no empty object", () => {
    const variable = {
      path: "v",
      isCoordinate: false,
      dims: ["x", "n"],
      shape: [2, 3],
      chunkShape: [2, 3],
      dtype: "float32" as const,
      bytes: 24,
    };
    const { properties } = itemOf({
      variables: [variable, { ...variable, path: "s", dims: [], shape: [], chunkShape: [] }],
    });
    expect(properties["cube:dimensions"]).toEqual({
      x: { type: "index", extent: [0, 1] },
      n: { type: "index", extent: [0, 2] },
    });
    expect(JSON.stringify(itemOf({}).assets)).not.toContain("{}");
  });
  it("is short and inert whatever the title is", () => {
    const evil = `\u202e<script>alert(1)</script>\n{{ x }}\u0000${"x".repeat(1_000_000)}`;
    const { properties } = itemOf({ title: evil, summary: evil, keywords: [evil] });
    expect(properties["title"]).toMatch(/^<script>alert\(1\)<\/script> \{\{ x \}\}x+…$/);
    expect(properties["description"]).toMatch(/^&lt;script>/);
    expect(JSON.stringify(properties).length).toBeLessThan(10_000);
    expect(plainMarkdown("[a](javascript:x) &amp; ![b](y)")).toBe("\\[a](javascript:x) &amp;amp; !\\[b](y)");
  });
});
