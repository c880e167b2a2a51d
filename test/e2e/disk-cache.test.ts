import { copyFile, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeData } from "../../examples/quickstart/make-data.ts";
import { QUICKSTART } from "../../packages/gateway/e2e/program-process.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHUNK = "/datasets/surface/zarr/temperature/c/1/0/0";
/** Files that were opened less than two seconds ago may still change under the same version. */
const SETTLED_MS = 2100;

let folder: string;
beforeAll(async () => {
  await makeData(QUICKSTART);
  folder = await mkdtemp(join(tmpdir(), "disk-cache-"));
  await copyFile(join(QUICKSTART, "surface.nc"), join(folder, "surface.nc"));
  const page = await readFile(join(ROOT, "docs/caches.md"), "utf8");
  await writeFile(join(folder, "gateway.yaml"), /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? "");
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the gateway of the page's sample, for as long as the work takes. */
async function withGateway<Result>(work: (gateway: RunningGateway) => Promise<Result>): Promise<Result> {
  const gateway = await startGateway("serve", "-c", join(folder, "gateway.yaml"));
  try {
    return await work(gateway);
  } finally {
    expect(await gateway.stop()).toBe(0);
  }
}

interface Answer {
  readonly bytes: Buffer;
  readonly timing: string;
  readonly etag: string | null;
}

async function getChunk({ url }: RunningGateway): Promise<Answer> {
  const answer = await fetch(`${url}${CHUNK}`);
  expect(answer.status).toBe(200);
  return {
    bytes: Buffer.from(await answer.arrayBuffer()),
    timing: answer.headers.get("server-timing") ?? "",
    etag: answer.headers.get("etag"),
  };
}

async function metric({ url }: RunningGateway, name: string, level = "disk"): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const label = `zarr_gateway_cache_${name}{level="${level}"} `;
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(label))
      ?.slice(label.length) ?? Number.NaN,
  );
}

/** The first answer after enough time that what it is made of can no longer change. */
async function getSettled(gateway: RunningGateway): Promise<Answer> {
  await fetch(`${gateway.url}/datasets/surface/info`);
  await sleep(SETTLED_MS);
  return getChunk(gateway);
}

async function entries(): Promise<string[]> {
  const files = await readdir(join(folder, ".cache"), { recursive: true, withFileTypes: true });
  return files
    .filter(({ name }) => /^[0-9a-f]{64}$/.test(name))
    .map((file) => join(file.parentPath, file.name));
}

describe("a gateway with cache.disk", () => {
  let first: Answer;

  it("makes a chunk once and says what that cost", { timeout: 60_000 }, async () => {
    first = await withGateway(async (gateway) => {
      const made = await getSettled(gateway);
      await expect.poll(() => metric(gateway, "writes_total"), { timeout: 5000 }).toBe(1);
      const ranged = await fetch(`${gateway.url}${CHUNK}`, { headers: { range: "bytes=0-9" } });
      expect(ranged.headers.get("server-timing")).toBe("cache;desc=hit");
      expect(ranged.headers.get("access-control-expose-headers")).toContain("Server-Timing");
      expect(await metric(gateway, "hits_total", "memory")).toBeGreaterThan(0);
      return made;
    });
    expect(first.timing).toMatch(/^read;dur=[\d.]+, encode;dur=[\d.]+, cache;desc=miss;dur=[\d.]+$/);
    expect(await entries()).toHaveLength(1);
  });

  it("serves it from disk after a restart", { timeout: 60_000 }, async () => {
    await withGateway(async (gateway) => {
      const again = await getChunk(gateway);
      expect(again.timing).toMatch(/^cache;desc=disk;dur=[\d.]+$/);
      expect(again.bytes.equals(first.bytes)).toBe(true);
      expect(again.etag).toBe(first.etag);
      expect(await metric(gateway, "hits_total")).toBe(1);
    });
  });

  it("makes it anew where the entry is damaged", { timeout: 60_000 }, async () => {
    const [entry = ""] = await entries();
    const file = await open(entry, "r+");
    await file.write(Buffer.of(255), 0, 1, 100);
    await file.close();
    await withGateway(async (gateway) => {
      const again = await getSettled(gateway);
      expect(again.timing).toContain("cache;desc=miss");
      expect(again.bytes.equals(first.bytes)).toBe(true);
      expect(await metric(gateway, "damaged_total")).toBe(1);
      await expect.poll(() => metric(gateway, "writes_total"), { timeout: 5000 }).toBe(1);
    });
  });

  it("never serves it for another version of the file", { timeout: 60_000 }, async () => {
    const path = join(folder, "surface.nc");
    const bytes = await readFile(path);
    bytes.fill(0x40, bytes.length - 300_000); // other values behind the same header
    await writeFile(path, bytes);
    await withGateway(async (gateway) => {
      const other = await getChunk(gateway);
      expect(other.timing).toContain("cache;desc=miss");
      expect(other.bytes.equals(first.bytes)).toBe(false);
      expect(other.etag).not.toBe(first.etag);
      expect(await metric(gateway, "hits_total")).toBe(0);
    });
  });
});
