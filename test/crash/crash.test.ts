import { type PostgresServer, postgresPrograms, startPostgres, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crashing, lostAttempts, wrongs } from "./crashing.ts";

/** `npm run test:crash` asks for 200 kills during 500 jobs. */
const KILLS = Number(process.env["CRASH_KILLS"] ?? 20);
const JOBS = Number(process.env["CRASH_JOBS"] ?? 60);
const TIMEOUT_MS = 60_000 + KILLS * 2000;

describe("jobs whose processes are killed at random", () => {
  it(
    `in one SQLite file: after ${KILLS} kills none is lost, none is finished twice, all end`,
    async () => {
      await using folder = await temporaryFolder();
      const plan = {
        url: `sqlite:${folder.path}/jobs.db`,
        folder: folder.path,
        jobs: JOBS,
        kills: KILLS,
        workers: 2,
      };
      const run = await crashing(plan);
      expect(run.jobs).toHaveLength(JOBS);
      expect(await wrongs(run)).toEqual([]);
      expect(lostAttempts(run.jobs)).toBeGreaterThan(0);
      await run.store.close();
    },
    TIMEOUT_MS,
  );
});

describe.runIf(postgresPrograms() !== undefined)(
  "jobs in PostgreSQL whose processes are killed at random",
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres({ isDurable: true });
    }, 60_000);
    afterAll(() => server?.close());

    it(
      "while the server crashes too: none is lost, none is finished twice, all end",
      async () => {
        await using folder = await temporaryFolder();
        const kills = Math.max(10, Math.ceil(KILLS / 4)); // each starts a process anew: fewer may meet no step
        const between = async (kill: number): Promise<void> => {
          if (kill % 5 === 2) await server.restart("immediate");
        };
        const url = await server.database();
        const run = await crashing({ url, folder: folder.path, jobs: JOBS, kills, workers: 2, between });
        expect(run.jobs).toHaveLength(JOBS);
        expect(await wrongs(run)).toEqual([]);
        expect(lostAttempts(run.jobs)).toBeGreaterThan(0);
        await run.store.close();
      },
      TIMEOUT_MS,
    );
  },
);
