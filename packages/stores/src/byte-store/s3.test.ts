import { BYTE_STORE_ENTRIES, describeByteStore } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ByteStore } from "../byte-store.ts";
import type { S3Credentials } from "../credentials.ts";
import { storeAccess } from "../random-access/store-access.ts";
import { type S3Server, startS3Server } from "../testing/s3-server.ts";
import { s3Store } from "./s3.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // a real server on a busy machine

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server(["data"]);
  for (const [key, bytes] of Object.entries(BYTE_STORE_ENTRIES)) {
    await server.put("data", `some folder/${key}`, bytes);
  }
  await server.put("data", "outside", new Uint8Array([1]));
});
afterAll(() => server.close());

function open(location: string, values: S3Credentials = server.credentials): ByteStore {
  return s3Store(new URL(location), {
    credentials: [{ prefix: new URL(location), kind: "s3", values }],
    backoffMs: 1,
  });
}

describeByteStore("s3", async () => open("s3://data/some%20folder/"));

describe("an S3 bucket", () => {
  it("is a store from its root too, and the location's own slash does not matter", async () => {
    for (const location of ["s3://data", "s3://data/"]) {
      const store = open(location);
      expect((await store.get("outside"))?.length).toBe(1);
      expect((await Array.fromAsync(store.list?.("") ?? [])).sort()).toEqual(["outside", "some folder/"]);
      await store.close?.();
    }
  });
  it("fails where the bucket is missing or refuses, which is not absence", async () => {
    const missing = open("s3://nothing-here/");
    await expect(missing.get("a")).rejects.toMatchObject({ code: "upstream" });
    await expect(missing.stat("a")).rejects.toMatchObject({ code: "upstream" });
    await missing.close?.();
    const refused = open("s3://data/", { ...server.credentials, accessKeyId: "WRONGKEY" });
    const list = async (): Promise<unknown> => Array.fromAsync(refused.list?.("") ?? []);
    for (const call of [() => refused.get("outside"), () => refused.stat("outside"), list]) {
      const error = (await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )) as Error; // it was thrown
      expect(error).toMatchObject({ code: "forbidden" });
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/WRONGKEY|S3RVER/);
    }
    await refused.close?.();
  });
  it("fails when an object is replaced while it is read piece by piece", async () => {
    await server.put("data", "changing", new Uint8Array(10).fill(1));
    const store = open("s3://data/");
    const access = await storeAccess(store, "changing");
    expect([...(await access.read(0, 2))]).toEqual([1, 1]);
    await server.put("data", "changing", new Uint8Array(10).fill(2));
    await expect(access.read(2, 2)).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
    expect(await access.isCurrent?.()).toBe(false);
    await store.close?.();
  });
  it("fails on a version that was not asked for, also of the whole object", async () => {
    const store = open("s3://data/");
    const stat = await store.stat("outside");
    expect((await store.get("outside", { ifMatch: stat?.etag }))?.length).toBe(1);
    const other = store.get("outside", { ifMatch: '"another"' });
    await expect(other).rejects.toMatchObject({ details: { changed: true } });
    await store.close?.();
  });
  it("refuses locations that are no bucket and path", () => {
    for (const location of [
      "s3://data/x?versionId=1",
      "s3://data:80/",
      "s3://u:p@data/",
      "s3:///x",
      "s3://data/%zz",
      "s3://d/",
    ]) {
      expect(() => s3Store(new URL(location)), location).toThrow(
        /expected s3:|written %25|cannot be a bucket/,
      );
    }
  });
});
