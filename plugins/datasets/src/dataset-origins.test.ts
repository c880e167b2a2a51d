import type { StoreCredentials } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { parseCredentials } from "./credentials.ts";
import { datasetOrigins } from "./dataset-origins.ts";
import { datasetsOptions } from "./options.ts";

function originsOf(locations: Readonly<Record<string, string | string[]>>, credentials: object = {}) {
  const datasets = Object.fromEntries(Object.entries(locations).map(([id, location]) => [id, { location }]));
  const known: readonly StoreCredentials[] = parseCredentials(credentials as Record<string, unknown>); // of this test
  return datasetOrigins({
    datasets: datasetsOptions.parse({ datasets }).datasets,
    folders: { byId: new Map() },
    credentials: known,
  });
}

describe("origins of datasets", () => {
  it("are public where everybody can read them, without what may be a key", () => {
    const origins = originsOf(
      {
        web: "https://example.org/data/a.nc",
        password: "https://user:secret@example.org/a.nc",
        signed: "https://example.org/a.nc?signature=secret",
        mine: "https://example.org/mine/a.nc",
        repository: "icechunk+s3://open/repo#tag=v1",
        references: "reference::https://example.org/refs.json",
        closed: "s3://closed/a.zarr",
        local: "/data/a.nc",
        inside: "http://10.0.0.7/a.nc",
        named: "http://store/a.nc",
        loop: "http://localhost:9000/a.zarr",
        glob: "s3://open/*.nc",
        two: ["https://example.org/1.nc", "https://example.org/2.nc"],
      },
      {
        "s3://open/": { anonymous: true, region: "eu-central-1" },
        "https://example.org/mine/": { headers: { authorization: "Bearer secret" } },
      },
    );
    const told = (id: string) => origins.of(id).map(({ href, isPublic }) => [href, isPublic]);
    expect(told("web")).toEqual([["https://example.org/data/a.nc", true]]);
    expect(told("password")).toEqual([]);
    expect(told("signed")).toEqual([]);
    expect(told("mine")).toEqual([["https://example.org/mine/a.nc", false]]);
    expect(told("repository")).toEqual([["s3://open/repo", true]]);
    expect(told("references")).toEqual([["https://example.org/refs.json", true]]);
    expect(told("closed")).toEqual([["s3://closed/a.zarr", false]]);
    expect(told("local")).toEqual([]);
    for (const id of ["inside", "named", "loop"]) expect(told(id)[0]?.[1]).toBe(false);
    expect(told("glob")).toEqual([]);
    expect(told("two")).toHaveLength(2);
    expect(told("unknown")).toEqual([]);
    expect(JSON.stringify(["mine", "closed", "repository"].map((id) => origins.of(id)))).not.toContain(
      "secret",
    );
  });
  it("say how their bucket is reached", () => {
    const origins = originsOf(
      {
        s3: "s3://b/x.zarr",
        az: "az://c/x.zarr",
        host: "abfss://c@acc.dfs.core.windows.net/x.zarr",
        gs: "gs://g/x",
      },
      {
        "s3://b/": { endpoint: "https://minio.example.org:9000/path", anonymous: true },
        "az://c/": { account: "acc", anonymous: true },
        "gs://g/": { anonymous: true },
      },
    );
    expect(origins.of("s3")).toEqual([
      {
        href: "s3://b/x.zarr",
        isPublic: true,
        bucket: { service: "s3", name: "b", endpoint: "https://minio.example.org:9000", anonymous: true },
      },
    ]);
    expect(origins.of("az")[0]).toMatchObject({
      href: "az://c/x.zarr",
      isPublic: true,
      bucket: { account: "acc" },
    });
    expect(origins.of("host")[0]).toMatchObject({
      href: "az://c/x.zarr",
      isPublic: false,
      bucket: { account: "acc" },
    });
    expect(origins.of("gs")[0]).toMatchObject({ href: "gs://g/x", isPublic: true });
    expect(origins.at("file:///data/")).toBeUndefined();
    expect(origins.at("no address")).toBeUndefined();
    expect(origins.at("s3://elsewhere/folder/")).toMatchObject({ isPublic: false });
  });
});
