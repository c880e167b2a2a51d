import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

/** More than is read at once, so that it is sent in pieces. */
const SIZE = 20 * 1024 * 1024;

let origin: Server;
let gateways: Readonly<Record<"rarely" | "always", RunningGateway>>;
let close: () => Promise<void>;
/** What the chunk is filled with, and the number of its version. */
let version = 1;
/** Called before each answer of the chunk. */
let onRead: (range: string) => void = () => undefined;

beforeAll(async () => {
  const document = {
    zarr_format: 3,
    node_type: "array",
    shape: [SIZE],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [SIZE] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: {} }],
    fill_value: 0,
    attributes: {},
    dimension_names: ["x"],
  };
  origin = createServer(({ method, url = "", headers: { range = "" } }, response) => {
    if (url.endsWith("/x.zarr/zarr.json")) return void response.end(JSON.stringify(document));
    if (!url.endsWith("/c/0")) return void response.writeHead(404).end();
    if (method === "GET") onRead(range);
    const [, first = "0", last = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const length = Number(last) - Number(first) + 1;
    const headers = { etag: `"${version}"`, "content-length": length };
    if (range === "") response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, "content-range": `bytes ${first}-${last}/${SIZE}` });
    response.end(method === "HEAD" ? undefined : Buffer.alloc(length, version));
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const folder = await temporaryFolder();
  const { port } = origin.address() as AddressInfo; // it listens on a port
  const start = async (checkEvery: string): Promise<RunningGateway> => {
    const file = join(folder.path, `${checkEvery}.yaml`);
    const datasets = { x: { location: `http://127.0.0.1:${port}/x.zarr` } };
    await writeFile(file, JSON.stringify({ sources: { checkEvery }, datasets })); // YAML includes JSON
    return startGateway("serve", "-c", file);
  };
  gateways = { rarely: await start("1h"), always: await start("0s") };
  close = async () => {
    await Promise.all(Object.values(gateways).map((gateway) => gateway.stop()));
    origin.closeAllConnections();
    origin.close();
    await folder.remove();
  };
}, 90_000);
afterAll(() => close());

/** The bytes that came, each once; else the status, or that the connection was cut. */
async function read(url: string, from = 0): Promise<ReadonlySet<number> | string> {
  const headers = from === 0 ? {} : { range: `bytes=${from}-` };
  const answer = await fetch(url, { headers });
  if (answer.status >= 400) return `${answer.status}`;
  return answer.bytes().then(
    (bytes) => new Set(bytes),
    () => "cut",
  );
}

it.each(["zarr/x/c/0", "kerchunk/x/0"])(
  "is never sent half old and half new as %s",
  async (path) => {
    for (const gateway of Object.values(gateways)) {
      const url = `${gateway.url}/datasets/x/${path}`;
      onRead = () => undefined;
      await read(url); // pieces that are remembered of an older version may break it off, once
      expect(await read(url)).toEqual(new Set([version]));
      let reads = 0;
      onRead = () => {
        reads += 1;
        if (reads === 2) version += 1;
      };
      for (let from = 0; from < 3; from += 1) {
        reads = 0;
        const got = await read(url, from);
        if (typeof got !== "string") expect(got.size, [...got].join()).toBe(1);
      }
    }
  },
  60_000,
);
