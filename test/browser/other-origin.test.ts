import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "../e2e/running-gateway.ts";
import { hasChromium, openBrowser } from "./chromium.ts";
import { writeTinyStore } from "./tiny-store.ts";

/** A build of STAC Browser, made as test/browser/README.md says. */
const STAC_BROWSER = process.env["STAC_BROWSER"] ?? "";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

let folder: string;
let gateway: RunningGateway;
let browser: Browser;
let other: Server;
let origin: string;

beforeAll(async () => {
  if (!hasChromium) return;
  folder = await mkdtemp(join(tmpdir(), "origin-"));
  const degrees = (direction: string) => ({ units: `degrees_${direction}` });
  await writeTinyStore(
    join(folder, "tiny.zarr"),
    {
      lon: { dims: ["lon"], shape: [3], values: [0, 1, 2], attributes: degrees("east") },
      lat: { dims: ["lat"], shape: [2], values: [50, 51], attributes: degrees("north") },
      v: { dims: ["lat", "lon"], shape: [2, 3], values: [1, 2, 3, 4, 5, 6], attributes: { units: "K" } },
    },
    { title: "A tiny dataset" },
  );
  await writeFile(
    join(folder, "gateway.yaml"),
    JSON.stringify({ folders: [{ path: folder }], catalog: { title: "Tiny catalog" } }),
  );
  gateway = await startGateway("serve", "-c", join(folder, "gateway.yaml"));
  browser = await openBrowser();
  other = await startOther();
  origin = `http://localhost:${(other.address() as AddressInfo).port}`; // it listens
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  other?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** The files of STAC Browser, an empty page where there are none. */
async function startOther(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(STAC_BROWSER, normalize(new URL(request.url ?? "/", "http://x").pathname));
    const isFile = STAC_BROWSER !== "" && extname(path) !== "" && existsSync(path);
    const file = isFile ? path : join(STAC_BROWSER, "index.html");
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    if (STAC_BROWSER === "") response.end("<!doctype html><title>other</title>");
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

describe.skipIf(!hasChromium)("a page of another origin", () => {
  it("reads catalogs, searches, and parts of chunks", async () => {
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    const read = await page.evaluate(async (url: string) => {
      const json = async (path: string, options?: RequestInit) =>
        (await (await fetch(url + path, options)).json()) as Record<string, unknown>; // documents are objects
      const body = JSON.stringify({ bbox: [0, 49, 3, 52], limit: 1 });
      const headers = { "Content-Type": "application/json", "Accept-Language": "de" };
      const chunk = await fetch(`${url}/datasets/tiny/zarr/v/zarr.json`, { headers: { Range: "bytes=-5" } });
      const tagged = await fetch(`${url}/datasets/tiny/stac`, { headers: { "Accept-Language": "de" } });
      return {
        collection: (await json("/stac-collection-all.json", { headers }))["title"],
        found: (await json("/stac/search", { method: "POST", body, headers }))["numberMatched"],
        range: [chunk.status, chunk.headers.get("Content-Range")?.startsWith("bytes ")],
        etag: tagged.headers.get("ETag") !== null,
        missing: (await fetch(`${url}/datasets/none/stac`)).status,
      };
    }, gateway.url);
    expect(read).toEqual({
      collection: "Tiny catalog",
      found: 1,
      range: [206, true],
      etag: true,
      missing: 404,
    });
    await page.close();
  }, 60_000);

  it.skipIf(STAC_BROWSER === "")(
    "is STAC Browser, which shows the collection and its items",
    async () => {
      const page = await browser.newPage();
      const address = (path: string): string =>
        `${origin}/external/${gateway.url.replace("://", ":/")}${path}`;
      await page.goto(address("/stac-collection-all.json"));
      await page.getByText("Tiny catalog").first().waitFor({ timeout: 30_000 });
      await page.getByText("A tiny dataset").first().waitFor({ timeout: 30_000 });
      await page.goto(address("/datasets/tiny/stac"));
      await page.getByText("A tiny dataset").first().waitFor({ timeout: 30_000 });
      await page.getByText("Zarr store").first().waitFor({ timeout: 30_000 });
      await page.waitForLoadState("networkidle");
      const screenshot = process.env["STAC_BROWSER_SCREENSHOT"];
      if (screenshot !== undefined) await page.screenshot({ path: screenshot });
      await page.close();
    },
    120_000,
  );
});
