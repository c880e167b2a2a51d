import type { AggregateOpened } from "./aggregate.ts";
import type { ColdRead } from "./cold.ts";
import type { CompressorBound } from "./compressor-bound.ts";
import { atMost, type Goal, MEBIBYTE } from "./goal.ts";
import type { IcechunkRead } from "./icechunk.ts";
import type { LatencyUnderWork } from "./latency.ts";
import type { ManyDatasets } from "./many-datasets.ts";
import type { ObjectReads, ObjectStoresRead } from "./object-stores.ts";
import { type PicturesMeasured, pictureGoals, pictureLines } from "./pictures.ts";
import type { ReferencesRead } from "./references.ts";
import { type RegridMeasured, regridGoals, regridLine } from "./regrid.ts";
import type { Throughput } from "./throughput.ts";
import { type ViewsMeasured, viewGoals, viewLines } from "./views.ts";
import type { Visits } from "./visits.ts";

export interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly tool: string;
  /** By server, then by case. A server that is not installed is absent. */
  readonly throughput: Readonly<Record<string, Readonly<Record<string, Throughput>>>>;
  readonly visits: Readonly<Record<string, Visits>>;
  readonly latency: LatencyUnderWork;
  readonly cold: ColdRead;
  readonly compressor: CompressorBound;
  readonly many: ManyDatasets;
  readonly icechunk: IcechunkRead;
  readonly references: ReferencesRead;
  readonly aggregate: AggregateOpened;
  readonly objectStores: ObjectStoresRead;
  readonly views: ViewsMeasured;
  readonly regrid: RegridMeasured;
  readonly pictures: PicturesMeasured;
}

const MAX_RESIDENT_MIB = 400;
const MAX_START_MS = 1000;
const MAX_P99_RATIO = 3;
const MAX_COLD_RATIO = 1.5;
const MAX_REFERENCES_OPEN_MS = 200;
const MAX_LOOK_UP_MS = 0.1;
const MAX_REFERENCES_MIB = 150;
const MIN_REFERENCED_RATIO = 0.8;
const MIN_SDK_RATIO = 0.8;
const MAX_MANY_CHUNKS_MS = 2000;
const MAX_ICECHUNK_MS = 300;
const MAX_FIRST_MS_A_FILE = 0.5;
const MAX_LATER_MS = 50;

/** Ratios of requests per second that the project wants to reach: case, peer, at least. */
const RATIOS: readonly (readonly [name: string, peer: string, atLeast: number])[] = [
  ["metadata (zarr.json)", "nginx", 0.6],
  ["metadata (zarr.json)", "xpublish", 20],
  ["chunk of about 42 KB, 16 in turn", "nginx", 0.6],
  ["chunk of about 42 KB, 16 in turn", "xpublish", 20],
  ["chunk of about 42 KB, 4096 in turn", "nginx", 0.6],
  ["chunk of about 42 KB, 4096 in turn", "xpublish", 20],
  ["chunk of about 2.5 MB", "nginx", 1],
  ["re-encoded chunk of 115 KB", "xpublish", 5],
  ["re-encoded chunk of 8.3 MB", "xpublish", 5],
];

export function goalsOf({
  throughput,
  latency,
  cold,
  many,
  icechunk,
  references,
  aggregate,
  objectStores,
  views,
  regrid,
  pictures,
}: Results): Goal[] {
  const ratios = RATIOS.map(([name, peer, atLeast]): Goal => {
    const ratio =
      (throughput["gateway"]?.[name]?.requestsPerSecond ?? Number.NaN) /
      (throughput[peer]?.[name]?.requestsPerSecond ?? Number.NaN);
    const isMet = Number.isNaN(ratio) ? undefined : ratio >= atLeast;
    const measured = Number.isNaN(ratio) ? `${peer} was not measured` : `${ratio.toFixed(2)} ×`;
    return { what: name, goal: `≥ ${atLeast} × ${peer}`, measured, isMet };
  });
  return [
    ...ratios,
    ...referenceGoals(references),
    ...objectStoreGoals(objectStores),
    atMost(
      "p99 of a small chunk while re-encoding",
      latency.busy.p99Ms / latency.idle.p99Ms,
      MAX_P99_RATIO,
      "× idle",
    ),
    atMost("first chunk of a NetCDF-4 file", cold.gatewayMs / cold.h5pyMs, MAX_COLD_RATIO, "× h5py"),
    atMost("first chunk of a variable with 100 000 chunks", cold.manyChunksMs, MAX_MANY_CHUNKS_MS, "ms"),
    atMost(`resident memory, ${many.count} datasets`, many.residentBytes / MEBIBYTE, MAX_RESIDENT_MIB, "MiB"),
    atMost(`the same, all opened once`, many.residentBytesAllOpened / MEBIBYTE, MAX_RESIDENT_MIB, "MiB"),
    atMost(
      "Icechunk, a million references: open and first chunk",
      icechunk.gateway.openMs + icechunk.gateway.firstChunkMs,
      MAX_ICECHUNK_MS,
      "ms",
    ),
    ...aggregateGoals(aggregate),
    ...viewGoals(views),
    ...regridGoals(regrid),
    ...pictureGoals(pictures),
    atMost(`start to first answer, ${many.count} datasets`, many.startMs, MAX_START_MS, "ms"),
  ];
}

function aggregateGoals({ files, netcdf3, netcdf4 }: AggregateOpened): Goal[] {
  return Object.entries({ "NetCDF-3": netcdf3, "NetCDF-4": netcdf4 }).flatMap(
    ([kind, { firstMs, laterMs }]) => [
      atMost(
        `${files} ${kind} files as one dataset, first, each`,
        firstMs / files,
        MAX_FIRST_MS_A_FILE,
        "ms",
      ),
      atMost(`${files} ${kind} files as one dataset, later, all`, laterMs, MAX_LATER_MS, "ms"),
    ],
  );
}

export function formatReport(results: Results): string {
  const { latency, cold, compressor, many, icechunk, references, aggregate, objectStores } = results;
  return [
    `# Benchmark of ${results.date}, commit ${results.commit}`,
    "",
    `${results.machine}. Load by ${results.tool} on the same machine: 10 connections, median of 3 rounds of 4 s.`,
    "",
    "| goal | wanted | measured | |",
    "|---|---|---|---|",
    ...goalsOf(results).map(
      ({ what, goal, measured, isMet }) =>
        `| ${what} | ${goal} | ${measured} | ${isMet === undefined ? "–" : isMet ? "met" : "**missed**"} |`,
    ),
    "",
    "| case | server | requests/s | MB/s | p50 ms | p99 ms | bytes an answer | failures |",
    "|---|---|---|---|---|---|---|---|",
    ...Object.entries(results.throughput).flatMap(([server, cases]) =>
      Object.entries(cases).map(([name, load]) => `| ${name} | ${server} | ${row(load)} |`),
    ),
    "",
    `- Small chunks one by one: p50 ${latency.idle.p50Ms.toFixed(2)} ms, p99 ${latency.idle.p99Ms.toFixed(2)} ms idle; p50 ${latency.busy.p50Ms.toFixed(2)} ms, p99 ${latency.busy.p99Ms.toFixed(2)} ms while eight clients make it encode.`,
    `- First 4.15 MB chunk of an unopened NetCDF-4 file: ${cold.gatewayMs.toFixed(1)} ms through HTTP, h5py ${cold.h5pyMs.toFixed(1)} ms.`,
    `- ${many.count} datasets: ${(many.residentBytes / MEBIBYTE).toFixed(0)} MiB resident, ${(many.residentBytesAllOpened / MEBIBYTE).toFixed(0)} MiB after each was opened; first answer after ${many.startMs.toFixed(0)} ms, with one dataset ${many.startMsWithOne.toFixed(0)} ms.`,
    icechunkLine(icechunk),
    referencesLine(references),
    objectStoresLine(objectStores),
    ...aggregateLines(aggregate),
    ...viewLines(results.views),
    regridLine(results.regrid),
    ...pictureLines(results.pictures),
    `- zstd level 3 alone compresses the large chunk's values at ${compressor.megabytesPerSecondACore.toFixed(0)} MB/s a core: no server on this machine can encode more than ${compressor.mostChunksPerSecond.toFixed(1)} of them a second.`,
    ...Object.entries(results.visits).map(
      ([server, { first, second, third }]) =>
        `- 4096 small chunks, each once, from ${server}: first visit ${first.toFixed(0)}, second ${second.toFixed(0)}, third ${third.toFixed(0)} requests/s.`,
    ),
    "- nginx sends small chunks from the page cache by sendfile; the gateway reads a chunk in its thread pool the first time, and looks at its file again every few seconds.",
    "- Re-encoded: two stored chunks are decoded and encoded as one, every time (no cache of chunks on either side).",
    "",
  ].join("\n");
}

function objectStoreGoals({ reads }: ObjectStoresRead): Goal[] {
  return Object.entries(reads).flatMap(([name, { sdk, store, gateway }]) =>
    Object.entries({ "by the store": store, "through the gateway": gateway }).map(([how, read]): Goal => {
      const ratio = read.chunksPerSecond / sdk.chunksPerSecond;
      const goal = `≥ ${MIN_SDK_RATIO} × the SDK alone`;
      const what = `${name} of a bucket, ${how}`;
      return { what, goal, measured: `${ratio.toFixed(2)} ×`, isMet: ratio >= MIN_SDK_RATIO };
    }),
  );
}

function objectStoresLine({ reads }: ObjectStoresRead): string {
  const parts = Object.entries(reads).map(([name, { sdk, store, gateway }]) => {
    const words = ({ chunksPerSecond, cpuMsAChunk }: ObjectReads): string =>
      `${chunksPerSecond.toFixed(0)} chunks/s (${cpuMsAChunk.toFixed(2)} ms of processor time each)`;
    return `${name}: SDK alone ${words(sdk)}, the store ${words(store)}, through the gateway ${words(gateway)}`;
  });
  return `- Bucket of s3rver on the same machine, each chunk read once, 16 at a time, all readers in one process; processor time is that of the process that reads the bucket: ${parts.join("; ")}.`;
}

function referenceGoals({ gateway, residentBytes, local, referenced }: ReferencesRead): Goal[] {
  const ratios = Object.entries(local).map(([name, { requestsPerSecond }]): Goal => {
    const ratio = (referenced[name]?.requestsPerSecond ?? Number.NaN) / requestsPerSecond;
    const isMet = Number.isNaN(ratio) ? undefined : ratio >= MIN_REFERENCED_RATIO;
    return {
      what: `${name}, through references`,
      goal: `≥ ${MIN_REFERENCED_RATIO} × the Zarr store`,
      measured: `${ratio.toFixed(2)} ×`,
      isMet,
    };
  });
  const what = "10 000 000 references in Parquet";
  return [
    atMost(`${what}: open`, gateway.openMs, MAX_REFERENCES_OPEN_MS, "ms"),
    atMost(`${what}: where a chunk lies, warm`, gateway.lookUpMs, MAX_LOOK_UP_MS, "ms"),
    atMost(`${what}: memory it takes`, residentBytes / MEBIBYTE, MAX_REFERENCES_MIB, "MiB"),
    ...ratios,
  ];
}

function referencesLine({
  references,
  gateway,
  residentBytes,
  fsspec,
  fsspecResidentBytes,
}: ReferencesRead): string {
  const words = ({ openMs, coldChunkMs, warmChunkMs, lookUpMs }: ReferencesRead["gateway"]): string =>
    `open ${openMs.toFixed(1)} ms, first chunk of a file of references ${coldChunkMs.toFixed(1)} ms, the next ${warmChunkMs.toFixed(2)} ms each, of which ${(lookUpMs * 1000).toFixed(1)} µs to find it`;
  return `- Reference set of ${references} chunks of 4 KiB in Parquet: ${words(gateway)}, ${mebibytes(residentBytes)} more through HTTP; fsspec ${words(fsspec)}, ${mebibytes(fsspecResidentBytes)} more, without HTTP.`;
}

function icechunkLine({ gateway, icechunk, residentBytes, icechunkPeakBytes }: IcechunkRead): string {
  const words = ({ openMs, firstChunkMs, chunkMs }: IcechunkRead["gateway"]): string =>
    `open ${openMs.toFixed(1)} ms, first chunk ${firstChunkMs.toFixed(0)} ms, others ${chunkMs.toFixed(2)} ms`;
  return `- Icechunk repository of 1 000 000 virtual chunks of 1 KiB in 1000 files: ${words(gateway)}, ${mebibytes(residentBytes)} resident after four such through HTTP; the icechunk package ${words(icechunk)}, ${mebibytes(icechunkPeakBytes)} at most.`;
}

function row(load: Throughput): string {
  return [
    load.requestsPerSecond.toFixed(load.requestsPerSecond < 100 ? 1 : 0),
    (load.bytesPerSecond / 1e6).toFixed(0),
    load.p50Ms.toFixed(2),
    load.p99Ms.toFixed(2),
    load.answerBytes,
    load.failures,
  ].join(" | ");
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(0)} MiB`;
}

function aggregateLines({ files, filesOfXarray, netcdf3, netcdf4 }: AggregateOpened): string[] {
  return Object.entries({ "NetCDF-3": netcdf3, "NetCDF-4": netcdf4 }).map(
    ([kind, { firstMs, laterMs, residentBytes, xarrayMsAFile }]) =>
      `- ${files} ${kind} files of one day as one dataset: first ${(firstMs / 1000).toFixed(1)} s, with the index ${laterMs.toFixed(0)} ms, ${(residentBytes / MEBIBYTE).toFixed(0)} MiB resident after the first; xr.open_mfdataset takes ${xarrayMsAFile.toFixed(1)} ms a file for ${filesOfXarray} of them, every time.`,
  );
}
