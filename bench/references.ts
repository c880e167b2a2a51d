import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openParquetReferences } from "@zarr-gateway/sources";
import { openStore } from "@zarr-gateway/stores";
import { parquetWriteBuffer } from "hyparquet-writer";
import { httpGetOk } from "./http-get.ts";
import { DATA, runPeer, STORE, startConfigured } from "./servers.ts";
import { measureInTurn, type Throughput } from "./throughput.ts";

interface Read {
  /** Until the metadata are there. */
  readonly openMs: number;
  /** The first chunk of a file of references that nobody has looked into. */
  readonly coldChunkMs: number;
  /** Any chunk of that file after it, one by one. */
  readonly warmChunkMs: number;
}
/** Where a chunk lies, asked of the reader itself in a file of references that it has looked into. */
interface LookUp {
  readonly lookUpMs: number;
}
export interface ReferencesRead {
  readonly references: number;
  readonly gateway: Read & LookUp;
  /** Of the gateway, by opening the set and reading a chunk. */
  readonly residentBytes: number;
  readonly fsspec: Read & LookUp;
  readonly fsspecResidentBytes: number;
  /** By case: stored chunks of a Zarr store of this machine, and the same bytes through references. */
  readonly local: Readonly<Record<string, Throughput>>;
  readonly referenced: Readonly<Record<string, Throughput>>;
}

const FOLDER = join(DATA, "references");
const RECORDS = 1000;
const RECORD_SIZE = 10_000;
const TOTAL = RECORDS * RECORD_SIZE;
const CHUNK_BYTES = 4096;
const SAMPLES = 4096;
const WARM = 2000;
const OPENINGS = 5;
const CASES = [16, SAMPLES];

/** Ten million references in Parquet, opened, looked into and handed out: through HTTP here, with fsspec there. */
export async function measureReferences(): Promise<ReferencesRead> {
  if (!existsSync(join(FOLDER, "complete"))) makeSets();
  const peer = runPeer("read_references.py", join(FOLDER, "many.parq"), String(OPENINGS)) as {
    reads: Read[]; // what the script prints
    residentBytes: number;
    lookUpMs: number;
  };
  const names = Array.from({ length: OPENINGS }, (_, copy) => `many${copy}`);
  const many = { location: join(FOLDER, "many.parq") };
  const server = await startConfigured("references.yaml", {
    server: { logLevel: "warn" },
    sources: { checkEvery: "2s" },
    datasets: {
      first: many,
      ...Object.fromEntries(names.map((name) => [name, many])),
      era: { location: STORE },
      referenced: { location: join(FOLDER, "small.json") },
    },
  });
  try {
    const before = server.residentBytes();
    await httpGetOk(`${server.url}/datasets/first/kerchunk/v/0`);
    const residentBytes = server.residentBytes() - before;
    const reads: Read[] = [];
    for (const [copy, name] of names.entries())
      reads.push(await readOne(`${server.url}/datasets/${name}/kerchunk`, copy));
    const { local, referenced } = await measureInTurn(server, {
      local: casesOf("era"),
      referenced: casesOf("referenced"),
    });
    return {
      references: TOTAL,
      gateway: { ...medians(reads.slice(1)), lookUpMs: await lookUpMs() },
      residentBytes,
      fsspec: { ...medians(peer.reads.slice(1)), lookUpMs: peer.lookUpMs },
      fsspecResidentBytes: peer.residentBytes,
      local,
      referenced,
    };
  } finally {
    await server.stop();
  }
}

function casesOf(dataset: string): Record<string, string[]> {
  return Object.fromEntries(
    CASES.map((count) => [
      `chunk of about 42 KB, ${count} in turn`,
      Array.from({ length: count }, (_, number) => `/datasets/${dataset}/kerchunk/small/${number}.0.0`),
    ]),
  );
}

/** HEAD would do for the look-up; GET also reads 4 KiB of the target. */
async function readOne(store: string, copy: number): Promise<Read> {
  const start = performance.now();
  await httpGetOk(`${store}/v/.zarray`);
  const opened = performance.now();
  const first = (copy * 97 + 3) * RECORD_SIZE;
  await httpGetOk(`${store}/v/${first}`);
  const cold = performance.now();
  for (let number = 1; number <= WARM; number++) await httpGetOk(`${store}/v/${first + number}`);
  const warm = performance.now();
  return { openMs: opened - start, coldChunkMs: cold - opened, warmChunkMs: (warm - cold) / WARM };
}

async function lookUpMs(): Promise<number> {
  const location = pathToFileURL(join(FOLDER, "many.parq"));
  const set = await openParquetReferences(openStore(location, { allow: [location] }));
  await set.find("v/0");
  const start = performance.now();
  for (let row = 0; row < RECORD_SIZE; row++) await set.find(`v/${row}`);
  const taken = performance.now() - start;
  await set.close?.();
  return taken / RECORD_SIZE;
}

function medians(reads: readonly Read[]): Read {
  const median = (key: keyof Read): number =>
    reads.map((read) => read[key]).toSorted((a, b) => a - b)[Math.floor(reads.length / 2)] ?? Number.NaN;
  return { openMs: median("openMs"), coldChunkMs: median("coldChunkMs"), warmChunkMs: median("warmChunkMs") };
}

/** All files of references are links to one of them, so that a thousand take no time: no reader can tell. */
function makeSets(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, "many.parq", "v"), { recursive: true });
  const zarray = arrayOf([TOTAL * (CHUNK_BYTES / 4)], [CHUNK_BYTES / 4]);
  const metadata = {
    ".zgroup": { zarr_format: 2 },
    ".zattrs": {},
    "v/.zarray": zarray,
    "v/.zattrs": { _ARRAY_DIMENSIONS: ["x"] },
  };
  writeFileSync(
    join(FOLDER, "many.parq", ".zmetadata"),
    JSON.stringify({ metadata, record_size: RECORD_SIZE }),
  );
  const first = join(FOLDER, "many.parq", "v", "refs.0.parq");
  const offsets = Array.from({ length: RECORD_SIZE }, (_, row) => BigInt(row * CHUNK_BYTES));
  const place = { nullable: false, statistics: true } as const;
  const columnData = [
    { name: "path", type: "STRING", data: offsets.map(() => join(FOLDER, "target.bin")) },
    { ...place, name: "offset", type: "INT64", data: offsets },
    { ...place, name: "size", type: "INT64", data: offsets.map(() => BigInt(CHUNK_BYTES)) },
    { name: "raw", type: "BYTE_ARRAY", data: offsets.map(() => undefined) },
  ] as const;
  writeFileSync(first, new Uint8Array(parquetWriteBuffer({ columnData: [...columnData] })));
  for (let record = 1; record < RECORDS; record++)
    linkSync(first, join(FOLDER, "many.parq", "v", `refs.${record}.parq`));
  writeFileSync(join(FOLDER, "target.bin"), Buffer.alloc(RECORD_SIZE * CHUNK_BYTES, 7));
  makeSmall();
  writeFileSync(join(FOLDER, "complete"), "");
}

/** The chunks of the Zarr store one behind the other in one file, as the bytes of a NetCDF file would lie. */
function makeSmall(): void {
  const stored = JSON.parse(readFileSync(join(STORE, "small", "zarr.json"), "utf8")) as {
    shape: number[]; // make_data.py wrote it
    chunk_grid: { configuration: { chunk_shape: number[] } };
    codecs: { name: string; configuration: object }[];
  };
  const refs: Record<string, unknown> = { ".zgroup": { zarr_format: 2 } };
  const { configuration } = stored.codecs.find(({ name }) => name === "blosc") ?? { configuration: {} };
  const settings = { compressor: { id: "blosc", ...configuration, shuffle: 1 } };
  refs["small/.zarray"] = {
    ...arrayOf(stored.shape, stored.chunk_grid.configuration.chunk_shape),
    ...settings,
  };
  refs["small/.zattrs"] = { _ARRAY_DIMENSIONS: stored.shape.map((_, axis) => `d${axis}`) };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const number of readdirSync(join(STORE, "small", "c"))
    .map(Number)
    .sort((a, b) => a - b)) {
    const path = join(STORE, "small", "c", String(number), "0", "0");
    const { size } = statSync(path);
    refs[`small/${number}.0.0`] = ["small.bin", offset, size];
    parts.push(readFileSync(path));
    offset += size;
  }
  writeFileSync(join(FOLDER, "small.bin"), Buffer.concat(parts));
  writeFileSync(join(FOLDER, "small.json"), JSON.stringify({ version: 1, refs }));
}

function arrayOf(shape: number[], chunks: number[]): object {
  const settings = { fill_value: 0, order: "C", filters: null, compressor: null, dimension_separator: "." };
  return { zarr_format: 2, shape, chunks, dtype: "<f4", ...settings };
}
