import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createByteCache, mapConcurrently } from "@zarr-gateway/primitives";
import { openStore } from "@zarr-gateway/stores";
import { Agent, request } from "undici";
import type { Running } from "./process.ts";
import { DATA, startConfigured } from "./servers.ts";

/** Stored chunks, each read once in its life, by one way of reading them. */
export interface ObjectReads {
  readonly chunksPerSecond: number;
  readonly bytesPerSecond: number;
  /** Processor time of the process that reads the bucket, which other work on the machine does not change. */
  readonly cpuMsAChunk: number;
}
export interface ObjectStoresRead {
  /** By size of the chunks, then by reader: the SDK alone, the store, the gateway through HTTP. */
  readonly reads: Readonly<Record<string, Readonly<Record<Reader, ObjectReads>>>>;
}
type Reader = "sdk" | "store" | "gateway";
/** How one chunk is read, and the processor time so far of the process that reads the bucket. */
interface Way {
  read(key: string): Promise<unknown>;
  cpuMs(): number;
}
type Ways = Readonly<Record<Reader, Way>>;

interface Kind {
  readonly array: string;
  readonly bytes: number;
  readonly chunksARound: number;
}
interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
}

const FOLDER = join(DATA, "object-stores");
/** Written last, and named anew with what is written. */
const COMPLETE = "complete-7-rounds";
const SERVER = fileURLToPath(new URL("../packages/stores/src/testing/serve-folder.ts", import.meta.url));
const KINDS: Readonly<Record<string, Kind>> = {
  "chunk of 42 KB": { array: "small", bytes: 42_000, chunksARound: 300 },
  "chunk of 2.5 MB": { array: "large", bytes: 2_500_000, chunksARound: 24 },
};
const READERS: readonly Reader[] = ["sdk", "store", "gateway"];
/** Warm ones, and twice each order of the readers. */
const ROUNDS = 7;
/** The first round warms all of them up: code, connections, credentials, the metadata of the dataset. */
const WARM_ROUNDS = 1;
/** Chunks under way at once, by every reader. */
const CONCURRENT = 16;

/** Chunks in a bucket of a server on this machine, read with the SDK, with the store, and through the gateway. */
export async function measureObjectStores(): Promise<ObjectStoresRead> {
  if (!existsSync(join(FOLDER, COMPLETE))) makeStore();
  const { keys, stop } = await startBucket();
  try {
    const credentials = { "s3://data/": keys };
    const server = await startConfigured("object-stores.yaml", {
      server: { logLevel: "warn" },
      sources: { credentials, checkEvery: "60s" },
      datasets: { bucket: { location: "s3://data/store.zarr" } },
    });
    try {
      return { reads: await measureReaders(keys, server) };
    } finally {
      await server.stop();
    }
  } finally {
    await stop();
  }
}

/** Readers take turns, so that what else the machine does meets all of them. Every chunk is read once by each. */
async function measureReaders(keys: S3Keys, server: Running): Promise<ObjectStoresRead["reads"]> {
  const url = `${server.url}/datasets/bucket.zarr`;
  const client = new S3Client({ ...sdkOptions(keys), region: "us-east-1", forcePathStyle: true });
  const location = new URL("s3://data/store.zarr/");
  const store = openStore(location, {
    allow: [location],
    credentials: [{ prefix: location, kind: "s3", values: keys }],
    remote: { cache: createByteCache(256 * 1024 ** 2), checkEveryMs: 60_000 },
  });
  // a client that takes little of the machine, which the gateway and the bucket share with it
  const dispatcher = new Agent({ connections: CONCURRENT });
  const ownCpuMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const readers: Ways = {
    sdk: {
      async read(key) {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: "data", Key: `store.zarr/${key}` }),
        );
        return Body?.transformToByteArray();
      },
      cpuMs: ownCpuMs,
    },
    store: { read: (key) => store.get(key), cpuMs: ownCpuMs },
    gateway: {
      async read(key) {
        const { statusCode, body } = await request(`${url}/${key}`, { dispatcher });
        if (statusCode !== 200) throw new Error(`${key} answers ${statusCode}`);
        return body.bytes();
      },
      cpuMs: () => server.cpuMs(),
    },
  };
  try {
    const results: Record<string, Record<Reader, ObjectReads>> = {};
    for (const [name, kind] of Object.entries(KINDS)) results[name] = await measureKind(kind, readers);
    return results;
  } finally {
    await dispatcher.close();
    client.destroy();
    await store.close?.();
  }
}

async function measureKind(kind: Kind, ways: Ways): Promise<Record<Reader, ObjectReads>> {
  const rounds: Record<Reader, ObjectReads[]> = { sdk: [], store: [], gateway: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const first = round * kind.chunksARound;
    const keys = Array.from({ length: kind.chunksARound }, (_, chunk) => `${kind.array}/c/${first + chunk}`);
    for (const reader of rotated(READERS, round)) {
      const reads = await measureRound(keys, kind, ways[reader]);
      if (round >= WARM_ROUNDS) rounds[reader].push(reads);
    }
  }
  return { sdk: median(rounds.sdk), store: median(rounds.store), gateway: median(rounds.gateway) };
}

async function measureRound(keys: readonly string[], { bytes }: Kind, way: Way): Promise<ObjectReads> {
  const [start, cpuStart] = [performance.now(), way.cpuMs()];
  // sizes alone: a round of large chunks would fill the memory
  await mapConcurrently(keys, CONCURRENT, async (key) => void (await way.read(key)));
  const chunksPerSecond = (keys.length / (performance.now() - start)) * 1000;
  const cpuMsAChunk = (way.cpuMs() - cpuStart) / keys.length;
  return { chunksPerSecond, bytesPerSecond: chunksPerSecond * bytes, cpuMsAChunk };
}

/** Each of them comes first, second and third: who comes later finds a warmer machine. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function median(rounds: readonly ObjectReads[]): ObjectReads {
  const middle = (of: keyof ObjectReads): number =>
    rounds.map((reads) => reads[of]).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    chunksPerSecond: middle("chunksPerSecond"),
    bytesPerSecond: middle("bytesPerSecond"),
    cpuMsAChunk: middle("cpuMsAChunk"),
  };
}

function sdkOptions({ accessKeyId, secretAccessKey, endpoint }: S3Keys) {
  return { endpoint, credentials: { accessKeyId, secretAccessKey } };
}

/** s3rver in a process of its own, as a bucket is on another machine. */
async function startBucket(): Promise<{ keys: S3Keys; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [SERVER, "s3", FOLDER], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, "line"), ended.then(() => [])]);
  if (typeof line[0] !== "string") throw new Error("the S3 server did not start");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { keys: JSON.parse(line[0]) as S3Keys, stop }; // what the script prints
}

/** Arrays of uncompressed chunks: what is read is what is sent. */
function makeStore(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  const store = join(FOLDER, "store.zarr");
  mkdirSync(store, { recursive: true });
  writeJson(join(store, "zarr.json"), { zarr_format: 3, node_type: "group", attributes: {} });
  for (const { array, bytes, chunksARound } of Object.values(KINDS)) {
    const count = chunksARound * ROUNDS;
    mkdirSync(join(store, array, "c"), { recursive: true });
    writeJson(join(store, array, "zarr.json"), arrayOf(array, count, bytes / 4));
    const chunk = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 4) chunk.writeFloatLE(Math.sin(at), at);
    for (let number = 0; number < count; number++) {
      chunk.writeFloatLE(number, 0);
      writeFileSync(join(store, array, "c", String(number)), chunk);
    }
  }
  writeFileSync(join(FOLDER, COMPLETE), "");
}

function arrayOf(dim: string, count: number, length: number): object {
  return {
    zarr_format: 3,
    node_type: "array",
    shape: [count * length],
    data_type: "float32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [length] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    attributes: {},
    dimension_names: [dim],
  };
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, JSON.stringify(value));
}
