import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createByteCache } from "@zarr-gateway/primitives";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isBelow, locationBelow, locationName, parentLocation } from "./location.ts";
import { openAccess, openStore } from "./open-store.ts";

describe("a location", () => {
  it("lies below a prefix by whole parts of the path, whatever their spelling", () => {
    const below = (location: string, prefix: string): boolean => isBelow(new URL(location), new URL(prefix));
    expect(below("file:///data/a.nc", "file:///data")).toBe(true);
    expect(below("file:///data", "file:///data/")).toBe(true);
    expect(below("https://h/%64ata/x", "https://h/data/")).toBe(true);
    expect(below("https://h/data/x?sig=1", "https://h/data")).toBe(true);
    for (const [location, prefix] of [
      ["file:///database/a", "file:///data"],
      ["file:///data/../etc/passwd", "file:///data"],
      ["file:///data/%2e%2e/etc", "file:///data"],
      ["https://h/data/..%2fx", "https://h/data/../x"],
      ["http://h/data", "https://h/data"],
      ["https://h:444/data", "https://h/data"],
      ["https://h.evil/data", "https://h/data"],
    ] as const) {
      expect(below(location, prefix), location).toBe(false);
    }
  });
  it("lies below a pattern of hosts, and in the container that an Azure location names", () => {
    const below = (location: string, prefix: string): boolean => isBelow(new URL(location), new URL(prefix));
    expect(below("https://a.example.org/x", "https://*.example.org/")).toBe(true);
    expect(below("s3://bucket/a.zarr", "s3://bucket")).toBe(true);
    expect(below("abfss://c@n.dfs.core.windows.net/a", "abfss://c@n.dfs.core.windows.net/")).toBe(true);
    for (const [location, prefix] of [
      ["https://example.org/x", "https://*.example.org/"],
      ["https://a.example.org.evil/x", "https://*.example.org/"],
      ["https://evilexample.org/x", "https://*.example.org/"],
      ["https://host/x", "https://*/"],
      ["https://a.org/x", "https://*.org:8443/"],
      ["s3://buckets/a", "s3://bucket/"],
      ["s3://bucket/../other/a", "s3://other/"],
      ["abfss://other@n.dfs.core.windows.net/a", "abfss://c@n.dfs.core.windows.net/"],
    ] as const) {
      expect(below(location, prefix), location).toBe(false);
    }
  });
  it("knows its name, its parent and what lies below it", () => {
    const file = new URL("https://h/a%20b/c.nc?sig=1");
    expect(locationName(file)).toBe("c.nc");
    expect(parentLocation(file)).toEqual({ parent: new URL("https://h/a%20b/?sig=1"), name: "c.nc" });
    expect(locationBelow(file, "ü/#").href).toBe("https://h/a%20b/c.nc/%C3%BC/%23?sig=1");
    expect(parentLocation(new URL("file:///x/y.zarr/")).parent.href).toBe("file:///x/");
  });
});

describe("opening a store", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let data: URL;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder.path, "data"));
    await mkdir(join(folder.path, "outside"));
    await writeFile(join(folder.path, "data", "a.nc"), "abcdef");
    await writeFile(join(folder.path, "outside", "b.nc"), "secret");
    await symlink(join(folder.path, "outside"), join(folder.path, "data", "link"));
    await symlink(join(folder.path, "outside", "b.nc"), join(folder.path, "data", "link.nc"));
    data = pathToFileURL(`${join(folder.path, "data")}/`);
  });
  afterAll(() => folder.remove());

  it("refuses what lies outside the allowed locations", async () => {
    const options = { allow: [data] };
    expect(() => openStore(new URL("../outside/", data), options)).toThrow(/sources\.allow/);
    expect(() => openStore(new URL("http://127.0.0.1/"), options)).toThrow(/sources\.allow/);
    await expect(openAccess(new URL("../outside/b.nc", data), options)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(() => openStore(new URL("ftp://h/x"), { allow: [new URL("ftp://h/")] })).toThrow(/http/);
  });
  it("refuses links that lead out of the allowed locations, also as the root of a store", async () => {
    const options = { allow: [data] };
    const store = openStore(new URL("link/", data), options);
    await expect(store.get("b.nc")).rejects.toMatchObject({ code: "forbidden" });
    await expect(openAccess(new URL("link.nc", data), options)).rejects.toMatchObject({ code: "forbidden" });
    await expect(openAccess(new URL("link/b.nc", data), options)).rejects.toMatchObject({
      code: "forbidden",
    });
  });
  it("reads a single allowed file, also where it is a link, and nothing beside it", async () => {
    for (const [name, content] of [
      ["a.nc", "abcdef"],
      ["link.nc", "secret"],
    ] as const) {
      const location = new URL(name, data);
      const access = await openAccess(location, { allow: [location] });
      expect(new TextDecoder().decode(await access.read(0, access.size))).toBe(content);
      await access.close?.();
    }
    const other = openAccess(new URL("link.nc", data), { allow: [new URL("a.nc", data)] });
    await expect(other).rejects.toMatchObject({ code: "forbidden" });
  });
  it("asks a web server once for what it has given, and files themselves each time", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(200, { etag: '"1"', "content-length": 3 }).end("abc");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const root = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x/`); // it listens on a port
    const cache = createByteCache(2 ** 20);
    const store = openStore(root, { allow: [root], remote: { cache } });
    for (let read = 0; read < 3; read += 1) expect((await store.get("c/0"))?.length).toBe(3);
    expect((await store.stat("c/0"))?.size).toBe(3);
    await store.close?.();
    expect(asked).toEqual(["GET /x/c/0"]);
    await openStore(data, { allow: [data], remote: { cache } }).get("a.nc");
    expect(cache.bytes).toBeLessThan(1024);
    server.close();
  });
  it("reads pieces of a file exactly, and says when they are not there", async () => {
    const access = await openAccess(new URL("a.nc", data), { allow: [data] });
    expect(access.size).toBe(6);
    expect(new TextDecoder().decode(await access.read(2, 3))).toBe("cde");
    expect((await access.read(6, 0)).length).toBe(0);
    await expect(access.read(4, 3)).rejects.toThrow(/truncated/);
    await expect(access.read(-1, 3)).rejects.toThrow(/truncated/);
    expect(await access.isCurrent?.()).toBe(true);
    await access.close?.();
    await expect(openAccess(new URL("nope.nc", data), { allow: [data] })).rejects.toMatchObject({
      code: "upstream",
    });
  });
});
