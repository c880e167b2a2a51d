import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { measureAggregate } from "./aggregate.ts";
import { PASS_THROUGH, RE_ENCODED } from "./cases.ts";
import { measureColdRead } from "./cold.ts";
import { measureCompressor } from "./compressor-bound.ts";
import { measureIcechunk } from "./icechunk.ts";
import { measureLatencyUnderWork } from "./latency.ts";
import { loadTool } from "./load.ts";
import { measureManyDatasets } from "./many-datasets.ts";
import { measureObjectStores } from "./object-stores.ts";
import { measurePictures } from "./pictures.ts";
import { isInstalled, type Running } from "./process.ts";
import { measureReferences } from "./references.ts";
import { measureRegrid } from "./regrid.ts";
import { formatReport, type Results } from "./report.ts";
import { prepare, startGateway, startNginx, startXpublish } from "./servers.ts";
import { measureThroughput, type Throughput } from "./throughput.ts";
import { measureViews } from "./views.ts";
import { measureVisits, type Visits } from "./visits.ts";

type Cases = Readonly<Record<string, readonly string[]>>;

say("preparing the peer and the data");
prepare();
const throughput: Record<string, Record<string, Throughput>> = {};
if (isInstalled("nginx", "-v")) await measure("nginx", startNginx, PASS_THROUGH);
else say("nginx is not installed: nothing to compare static files with");
await measure("xpublish", startXpublish, { ...PASS_THROUGH, ...RE_ENCODED });
await measure("gateway", () => startGateway("512MiB"), PASS_THROUGH);
await measure("gateway", () => startGateway("0MiB"), RE_ENCODED);
const visits: Record<string, Visits> = {};
if (isInstalled("nginx", "-v")) visits["nginx"] = await measureVisits(startNginx);
visits["gateway"] = await measureVisits(() => startGateway("512MiB"));
say("the compressor alone");
const compressor = await measureCompressor();
say("latency under work");
const latency = await measureLatencyUnderWork();
say("cold reads");
const cold = await measureColdRead();
say("a thousand datasets");
const many = await measureManyDatasets();

say("a reference set of ten million references");
const references = await measureReferences();
say("an Icechunk repository of a million references");
const icechunk = await measureIcechunk();

say("ten thousand files as one dataset");
const aggregate = await measureAggregate();
say("chunks of a bucket");
const objectStores = await measureObjectStores();
say("reductions of two gigabytes");
const views = await measureViews();
say("another grid");
const regrid = await measureRegrid();
say("pictures");
const pictures = await measurePictures();

const commit =
  git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "packages", "plugins") ? "+" : "");
const date = new Date().toISOString().slice(0, 10);
const processors = cpus();
const machine = `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}, Node ${process.version}`;
const results: Results = {
  date,
  commit,
  machine,
  tool: loadTool,
  throughput,
  visits,
  latency,
  cold,
  compressor,
  many,
  icechunk,
  references,
  aggregate,
  objectStores,
  views,
  regrid,
  pictures,
};
const path = fileURLToPath(new URL(`./results/${date}-${commit}`, import.meta.url));
writeFileSync(`${path}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
writeFileSync(`${path}.md`, formatReport(results));
console.log(formatReport(results));
say(`written to ${path}.md`);

async function measure(name: string, start: () => Promise<Running>, cases: Cases): Promise<void> {
  say(`${name}: ${Object.keys(cases).join(", ")}`);
  const server = await start();
  try {
    throughput[name] = { ...throughput[name], ...(await measureThroughput(server, cases)) };
  } finally {
    await server.stop();
  }
}

function git(...args: string[]): string {
  return spawnSync("git", args, {
    encoding: "utf8",
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  }).stdout.trim();
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}
