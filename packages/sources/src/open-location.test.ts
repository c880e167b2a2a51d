import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset, Opener } from "@zarr-gateway/dataset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { detectFormat } from "./detect-format.ts";
import { openLocation } from "./open-location.ts";
import { zarrOpener } from "./zarr/index.ts";

const ZARR = new URL("../fixtures/zarr/", import.meta.url);
const HDF5 = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");
const FILES: Readonly<Record<string, Buffer>> = {
  "classic.nc": Buffer.from("CDF\x01\0\0\0\0"),
  "offset.nc": Buffer.from("CDF\x02\0\0\0\0"),
  "data.nc": Buffer.from("CDF\x05\0\0\0\0"),
  "four.nc": HDF5,
  "behind.h5": Buffer.concat([Buffer.alloc(2048), HDF5]),
  "no-extension": HDF5,
  "four.bin": Buffer.from("\x0e\x03\x13\x01", "latin1"),
  "weather.nc": Buffer.from("GRIB...2"),
  "short.nc": Buffer.from("CD"),
  "empty.nc": Buffer.alloc(0),
  "readme.txt": Buffer.from("hello"),
};

let folder: string;
let root: URL;
let server: Server;
let web: URL;
const stores = () => ({ allow: [root, ZARR, web], http: { attempts: 1 } });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zarr-gateway-test-"));
  root = pathToFileURL(`${folder}/`);
  for (const [name, bytes] of Object.entries(FILES)) await writeFile(join(folder, name), bytes);
  await mkdir(join(folder, "empty"));
  await mkdir(join(folder, "papers"));
  await writeFile(join(folder, "papers", "a.pdf"), "x");
  // as a web server for single pages: anything unknown is a page, not 404
  server = createServer((request, response) => {
    const bytes = FILES[(request.url ?? "").slice(1)];
    if (bytes) response.end(bytes);
    else if (request.url?.startsWith("/store/zarr.json"))
      response.end('{"zarr_format":3,"node_type":"group"}');
    else response.writeHead(request.url?.startsWith("/page") ? 200 : 404).end("<html></html>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  web = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`); // it listens on a port
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe("what lies at a location", () => {
  it.each<readonly [string, string | undefined, RegExp]>([
    ["classic.nc", "netcdf", /NetCDF-3/],
    ["offset.nc", "netcdf", /NetCDF-3/],
    ["data.nc", "netcdf", /NetCDF-3/],
    ["four.nc", "netcdf", /HDF5/],
    ["behind.h5", "netcdf", /HDF5/],
    ["no-extension", "netcdf", /HDF5/],
    ["four.bin", undefined, /HDF4/],
    ["weather.nc", undefined, /GRIB/],
    ["short.nc", undefined, /unknown kind/],
    ["empty.nc", undefined, /empty file/],
    ["readme.txt", undefined, /68656c6c6f/],
    ["empty", undefined, /empty folder/],
    ["papers", undefined, /no Zarr store/],
  ])("%s is told by its content", async (name, format, description) => {
    const found = await detectFormat(new URL(name, root), stores());
    expect(found.format).toBe(format);
    expect(found.description).toMatch(description);
    if (!(name in FILES)) return;
    expect((await detectFormat(new URL(name, web), stores())).format).toBe(format);
  });
  it("is a Zarr store where its metadata are", async () => {
    for (const name of ["v2-array.zarr", "v2-consolidated.zarr/", "v3-plain.zarr"]) {
      expect((await detectFormat(new URL(name, ZARR), stores())).format, name).toBe("zarr");
    }
    expect((await detectFormat(new URL("store", web), stores())).format).toBe("zarr");
  });
  it("fails where nothing is, and where it may not be read", async () => {
    await expect(detectFormat(new URL("nope.nc", root), stores())).rejects.toMatchObject({
      code: "upstream",
    });
    await expect(detectFormat(new URL("nope.nc", web), stores())).rejects.toMatchObject({ code: "upstream" });
    await expect(detectFormat(new URL("file:///etc/passwd"), stores())).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("opening a location", () => {
  const openers = (): Opener[] => [zarrOpener({ stores: stores(), coder: createChunkCoder() })];

  it("finds the format out", async () => {
    const location = new URL("v2-consolidated.zarr", ZARR);
    const whole = await openLocation(location, { openers: openers(), stores: stores() });
    expect([...whole.groups.keys()]).toEqual(["child"]);
  });
  it("says what was found where nobody opens it", async () => {
    const open = (name: string, format?: string): Promise<Dataset> =>
      openLocation(new URL(name, root), { openers: openers(), stores: stores(), ...(format && { format }) });
    await expect(open("weather.nc")).rejects.toThrow(/a GRIB file cannot be opened, formats: zarr/);
    await expect(open("papers")).rejects.toThrow(/no Zarr store/);
    await expect(open("papers", "teapot")).rejects.toThrow(/"teapot", there are: zarr/);
    await expect(open("papers", "zarr")).rejects.toMatchObject({ code: "unsupported" });
  });
  it("gives a location that only an opener of a plugin takes to that opener", async () => {
    const dataset: Dataset = { attrs: {}, variables: new Map(), groups: new Map(), format: "dream" };
    const dream: Opener = {
      format: "dream",
      accepts: ({ protocol, pathname }) => protocol === "dream:" || pathname.endsWith(".txt"),
      open: async () => dataset,
    };
    const options = { openers: [...openers(), dream], stores: stores() };
    expect(await openLocation(new URL("dream:sheep"), options)).toBe(dataset);
    expect(await openLocation(new URL("readme.txt", root), options)).toBe(dataset);
    await expect(openLocation(new URL("nobody:x"), options)).rejects.toThrow(/nobody:/);
  });
});
