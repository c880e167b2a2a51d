import type { DatasetOrigin, DescribedDataset, Origins } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { sourceParts } from "./source-assets.ts";

const bucket = { service: "s3", name: "open-data", region: "eu-central-1", anonymous: true } as const;
const described: DescribedDataset = {
  id: "a",
  format: "zarr v3",
  immutable: false,
  hasStoredChunks: true,
  hasHistory: false,
  attrs: {},
  description: { keywords: [], providers: [], dimensions: [], variables: [], bytes: 0, notes: [] },
};

function origins(...found: readonly DatasetOrigin[]): Origins {
  const at = (location: string): DatasetOrigin | undefined =>
    location.startsWith("s3://")
      ? { href: location, isPublic: false, bucket: { service: "s3", name: "files", anonymous: true } }
      : undefined;
  return { of: () => found, at };
}

describe("the source of a dataset", () => {
  it("is told where everybody can read it, and elsewhere only where that is wanted", () => {
    const open = origins({ href: "s3://open-data/a.zarr", isPublic: true, bucket });
    const closed = origins({ href: "http://store/a.nc", isPublic: false });
    expect(sourceParts(described, open, "public")).toMatchObject({
      assets: { source: { href: "s3://open-data/a.zarr", "storage:refs": ["aws-s3-open-data"] } },
      schemes: {
        "aws-s3-open-data": { type: "aws-s3", bucket: "open-data", region: "eu-central-1", anonymous: true },
      },
    });
    expect(sourceParts(described, open, "none").assets).toEqual({});
    expect(sourceParts(described, closed, "public").assets).toEqual({});
    expect(sourceParts(described, closed, "remote").assets).toMatchObject({
      source: { href: "http://store/a.nc" },
    });
    expect(sourceParts(described, undefined, "remote").assets).toEqual({});
  });
  it("is told whole or not at all", () => {
    const half = origins(
      { href: "https://a.org/1.nc", isPublic: true },
      { href: "http://b/2.nc", isPublic: false },
    );
    expect(sourceParts(described, half, "public").assets).toEqual({});
    expect(Object.keys(sourceParts(described, half, "remote").assets)).toEqual(["source", "source-2"]);
  });
  it("is a repository at its snapshot, with the places of its virtual chunks", () => {
    const repository = {
      snapshot: "1CECHNKREP0F1RSTCMT0",
      branch: "main",
      chunkPlaces: [{ prefix: "s3://files/folder/", region: "us-west-2" }, { prefix: "file:///data/" }],
    };
    const open = origins({ href: "s3://open-data/repo", isPublic: true, bucket });
    const { assets, schemes, extensions } = sourceParts({ ...described, repository }, open, "public");
    expect(assets).toMatchObject({
      icechunk: {
        href: "s3://open-data/repo/",
        type: "application/vnd.zarr+icechunk",
        version: "1CECHNKREP0F1RSTCMT0",
        "icechunk:branch": "main",
        "storage:refs": ["aws-s3-open-data"],
        "vrt:hrefs": [{ key: "virtual-source", href: "#/assets/virtual-source" }],
      },
      "virtual-source": { href: "s3://files/folder/", "storage:refs": ["aws-s3-files"] },
    });
    expect(schemes["aws-s3-files"]).toMatchObject({ region: "us-west-2" });
    expect(extensions.map((url) => url.split("/")[3])).toEqual(["storage", "version", "virtual-assets"]);
    expect(JSON.stringify(assets)).not.toContain("file:");
  });
});
