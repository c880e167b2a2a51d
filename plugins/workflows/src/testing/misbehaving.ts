// A workflow that does what workflows must not do, for tests.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { defineWorkflow } from "@zarr-gateway/plugin";
import { z } from "zod";

const HOW = [
  "well",
  "throws",
  "rejects-later",
  "exits",
  "kills-itself",
  "hangs",
  "waits",
  "ignores-the-signal",
  "leaks",
  "fills-the-heap",
  "fills-the-disk",
  "writes-outside",
  "starts-a-program",
  "prints",
  "logs",
  "gives-a-cycle",
  "gives-a-bigint",
  "gives-too-much",
  "breaks-the-protocol",
  "tells-where-it-is",
] as const;

const kept: Buffer[] = [];
let runs = 0;

export default defineWorkflow({
  name: "misbehaving",
  description: "Does what workflows must not do",
  config: z.object({ setup: z.enum(["works", "throws", "tells"]).default("works") }),
  parameters: z.object({
    how: z.enum(HOW).default("well"),
    outside: z.string().default(""),
    count: z.int().default(1),
  }),
  setup: ({ config }) => {
    if (config.setup === "throws") throw new Error("no model today");
    if (config.setup === "tells") throw new Error(`no model in ${import.meta.dirname}/models`);
    return Promise.resolve({ processId: process.pid });
  },
  async run({ parameters: { how, outside, count }, folder, signal, resources, seed, ...tell }) {
    runs += 1;
    const { log, progress, metadata } = tell;
    switch (how) {
      case "throws":
        throw new Error("as it pleases");
      case "rejects-later":
        void Promise.reject(new Error("nobody listens"));
        return wait(10_000);
      case "exits":
        return process.exit(7);
      case "kills-itself":
        process.kill(process.pid, "SIGKILL");
        return wait(10_000);
      case "hangs":
        for (;;) Math.sqrt(runs);
      case "waits":
        progress({ progress: "waits", current_step: 1, total_steps: 4, of_its_own: [1] });
        return wait(60_000, undefined, { signal });
      case "ignores-the-signal":
        process.on("SIGTERM", () => log("no"));
        return wait(60_000);
      case "leaks":
        for (;;) {
          kept.push(Buffer.alloc(16 << 20, 1));
          await wait(5);
        }
      case "fills-the-heap": {
        const all: string[][] = [];
        for (;;) all.push(Array.from({ length: 100_000 }, (_, at) => `${at}`));
      }
      case "fills-the-disk":
        for (let file = 0; ; file += 1) await writeFile(join(folder, `${file}`), Buffer.alloc(1 << 20));
      case "writes-outside":
        await mkdir(join(tmpdir(), "of-its-own"), { recursive: true });
        return writeFile(outside, "here");
      case "starts-a-program":
        return { status: spawnSync("true").status };
      case "prints":
        for (let line = 0; line < count; line += 1) process.stdout.write(`${"x".repeat(1023)}\n`);
        return {};
      case "logs":
        for (let line = 0; line < count; line += 1) log("y".repeat(100));
        return {};
      case "gives-a-cycle": {
        const cycle: Record<string, unknown> = {};
        cycle["self"] = cycle;
        return cycle;
      }
      case "gives-a-bigint":
        return { big: 1n };
      case "gives-too-much":
        return { text: "z".repeat(10_000_000) };
      case "breaks-the-protocol":
        return (await import("node:fs")).writeSync(4, "no JSON\n");
      case "tells-where-it-is":
        console.log(`writes ${folder}/a`);
        log(`works in ${tmpdir()}`);
        progress({ progress: `At ${folder}/b`, place: [folder] });
        metadata({ place: join(folder, "c") });
        return readFile(join(folder, "missing", "d"));
      default:
        await writeFile(join(folder, "fine.txt"), `${seed}`);
        return { runs, processId: resources.processId, secret: process.env["AWS_SECRET_ACCESS_KEY"] ?? null };
    }
  },
});
