/**
 * 1 MiB from behind the first gibibyte of a result, in turn with a bare server of Node that sends the same: `node bench/far-range.ts
 * [COUNT]`. What this process takes to receive it is in both.
 */
import { closeConnections, executed, farRanges } from "./serve-requests.ts";
import { onSqlite, startBareServer } from "./serve-servers.ts";

const COUNT = Number(process.argv[2] ?? 300);

const gateway = await onSqlite();
const bare = await startBareServer();
try {
  const id = await executed(gateway.url, "files");
  const urls = [`${gateway.url}/v1/infer/files/${id}/results/large.bin`, bare.url];
  const cpu = [gateway.cpuMs(), bare.cpuMs()];
  const times = await farRanges(urls, COUNT);
  const used = [gateway.cpuMs(), bare.cpuMs()].map((after, place) => after - (cpu[place] ?? 0));
  console.table(
    ["gateway", "bare server of Node"].map((server, place) => ({
      server,
      "p50, ms": at(times[place], 0.5),
      "p90, ms": at(times[place], 0.9),
      // the first ones, which are not timed, are in it on both sides
      "CPU of one, ms": ((used[place] ?? 0) / COUNT).toFixed(2),
    })),
  );
} finally {
  closeConnections();
  await bare.stop();
  await gateway.close();
}

function at(times: readonly number[] = [], share: number): string {
  const sorted = [...times].sort((one, other) => one - other);
  return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2);
}
