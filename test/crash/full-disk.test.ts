import { execFileSync } from "node:child_process";
import { mkdir, open, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "../e2e/running-gateway.ts";

/** Writes as many files of 64 KiB as it is asked for, and says so. */
const WORKFLOW = `
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineWorkflow, z } from "zarr-gateway/plugin";
export default defineWorkflow({
  name: "files",
  description: "Writes files",
  parameters: z.object({ count: z.int() }),
  async run({ parameters, folder, log }) {
    for (let file = 0; file < parameters.count; file += 1) {
      log("file " + file);
      await writeFile(join(folder, String(file)), Buffer.alloc(65536, 7));
    }
  },
});
`;

/** Mounting takes rights that few have. */
function isMountable(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly error?: { readonly message: string } | null;
}

async function submitted({ url }: RunningGateway, count: number): Promise<Response> {
  return fetch(`${url}/v1/jobs/files`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ parameters: { count } }),
  });
}

async function ended({ url }: RunningGateway, id: string): Promise<Job> {
  for (;;) {
    const answer = await fetch(`${url}/v1/jobs/${id}`);
    const job = (await answer.json()) as Job; // the server's own
    if (answer.ok && ["succeeded", "failed", "cancelled"].includes(job.state)) return job;
    await sleep(50);
  }
}

async function run(gateway: RunningGateway, count: number): Promise<Job> {
  const answer = await submitted(gateway, count);
  const body = (await answer.json()) as Job; // the server's own
  expect([answer.status, body]).toEqual([201, expect.anything()]);
  return ended(gateway, body.id);
}

describe.skipIf(!isMountable())(
  "a disk that is full (needs the right to mount one)",
  { timeout: 120_000 },
  () => {
    let folder: TemporaryFolder;
    let disk: string;
    beforeAll(async () => {
      folder = await temporaryFolder();
      disk = join(folder.path, "disk");
      await mkdir(disk);
      await mkdir(join(folder.path, "workflows"));
      await writeFile(join(folder.path, "workflows/files.mjs"), WORKFLOW);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", disk]);
    });
    afterAll(async () => {
      execFileSync("umount", [disk]);
      await folder[Symbol.asyncDispose]();
    });

    async function withGateway(
      places: { readonly database: string; readonly results: string },
      work: (gateway: RunningGateway) => Promise<void>,
    ): Promise<void> {
      const file = join(folder.path, "gateway.yaml");
      const jobs = {
        database: `sqlite:${places.database}/jobs.db`,
        workers: 1,
        results: { path: places.results },
      };
      await writeFile(
        file,
        JSON.stringify({ jobs, workflows: { directories: [join(folder.path, "workflows")] } }),
      );
      const gateway = await startGateway("serve", "-c", file);
      try {
        await work(gateway);
      } finally {
        expect(await gateway.stop()).toBe(0);
      }
    }

    it("of results fails the job with its log and makes room for the next", async () => {
      await withGateway({ database: folder.path, results: join(disk, "results") }, async (gateway) => {
        expect(await run(gateway, 2)).toMatchObject({ state: "succeeded" });
        const before = (await statfs(disk)).bfree;
        const job = await run(gateway, 100);
        expect(job).toMatchObject({
          state: "failed",
          error: { message: "there is no room left on the disk of results" },
        });
        const log = await (await fetch(`${gateway.url}/v1/jobs/${job.id}/logs`)).text();
        expect(log).toContain("file 5\n");
        // what is left of it is the log
        expect(before - (await statfs(disk)).bfree).toBeLessThan(32);
        expect(await run(gateway, 2)).toMatchObject({ state: "succeeded" });
        const ballast = join(disk, "ballast");
        await filled(ballast);
        expect(await run(gateway, 2)).toMatchObject({ state: "failed" });
        await rm(ballast);
        expect(await run(gateway, 2)).toMatchObject({ state: "succeeded" });
      });
    });

    it("of the database refuses new jobs with a word, loses none that runs, and goes on when there is room", async () => {
      await withGateway({ database: disk, results: join(folder.path, "results") }, async (gateway) => {
        expect(await run(gateway, 2)).toMatchObject({ state: "succeeded" });
        const long = (await (await submitted(gateway, 1000)).json()) as Job; // the server's own
        const ballast = join(disk, "ballast");
        await filled(ballast);
        const refused = await submitted(gateway, 2);
        expect([refused.status, await refused.json()]).toMatchObject([
          503,
          { code: "overloaded", detail: "the jobs database is full: its disk or its size limit" },
        ]);
        expect((await fetch(`${gateway.url}/v1/jobs/${long.id}`)).status).toBe(200);
        await sleep(1000);
        await rm(ballast);
        expect(await ended(gateway, long.id)).toMatchObject({ state: "succeeded" });
        expect(await run(gateway, 2)).toMatchObject({ state: "succeeded" });
      });
    });
  },
);

/** Writes until nothing more finds room. */
async function filled(file: string): Promise<void> {
  await using handle = await open(file, "w");
  for (const size of [65_536, 4096])
    while (
      await handle.write(Buffer.alloc(size, 1)).then(
        ({ bytesWritten }) => bytesWritten > 0,
        () => false,
      )
    );
}
