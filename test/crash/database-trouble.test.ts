import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobEngine, openJobStore } from "@zarr-gateway/jobs";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";

describe("a jobs database", () => {
  it("that is full refuses new jobs with a word, loses nothing, and goes on when there is room", async () => {
    await using folder = await temporaryFolder();
    const store = await openJobStore(`sqlite:${folder.path}/jobs.db`, { maxBytes: 1 << 20 });
    const engine = createJobEngine({ store, concurrency: 2, pollMs: 10 });
    engine.defineStep({ name: "s", run: async () => null });
    engine.defineJob({
      name: "job",
      params: { parse: String },
      plan: (input) => [{ key: "t", input, steps: [{ step: "s" }] }],
    });
    const accepted: string[] = [];
    const refusals: unknown[] = [];
    while (refusals.length === 0)
      await engine.submit("job", "x".repeat(10_000)).then(
        ({ id }) => accepted.push(id),
        (error: unknown) => refusals.push(error),
      );
    const word = "the jobs database is full: remove jobs, or allow it more room";
    expect(refusals[0]).toMatchObject({ code: "overloaded", message: word });
    expect(accepted.length).toBeGreaterThan(10);
    engine.start();
    for (const id of accepted) {
      while ((await engine.get(id))?.endedAt === undefined) await sleep(5);
      await engine.remove(id);
    }
    expect(await engine.list({ limit: 10 })).toEqual([]);
    expect(await engine.submit("job", "again")).toMatchObject({ definition: "job" });
    await engine.close();
    await store.close();
  });

  it("that is read-only, or none, says so and names no path", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "jobs.db");
    const store = await openJobStore(`sqlite:${path}`);
    await store.close();
    const word = { code: "internal", message: "the jobs database is read-only" };
    await expect(openJobStore(`sqlite:file:${path}?mode=ro`)).rejects.toMatchObject(word);
    writeFileSync(join(folder.path, "text"), "This is no database, whatever its name says. ".repeat(100));
    const damaged = { code: "internal", message: "the jobs database is damaged, or no database" };
    await expect(openJobStore(`sqlite:${folder.path}/text`)).rejects.toMatchObject(damaged);
    for (const url of ["mysql://user:secret@host/db", "sqlite:", "jobs.db"])
      await expect(openJobStore(url)).rejects.toMatchObject({
        code: "invalid_request",
        message: "a jobs database is sqlite:<path> or postgresql://<user>:<password>@<host>/<database>",
      });
  });
});
