import { jsonResource } from "@zarr-gateway/http";
import { createJobEngine, type JobRecord, memoryJobStore } from "@zarr-gateway/jobs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SettledJobs } from "./settled-jobs.ts";

async function job(end: () => Promise<null>): Promise<JobRecord> {
  const engine = createJobEngine({ store: memoryJobStore(), pollMs: 2 });
  engine.defineStep({ name: "run", retry: { maxAttempts: 1 }, run: end });
  engine.defineJob({
    name: "a",
    params: z.unknown(),
    plan: () => [{ key: "k", input: null, steps: [{ step: "run" }] }],
  });
  engine.start();
  const { id } = await engine.submit("a", {});
  for (;;) {
    const found = await engine.get(id);
    if (found?.endedAt !== undefined) return engine.close().then(() => found);
    await new Promise((go) => setTimeout(go, 2));
  }
}

/** An engine that has this job alone, and counts how often it is asked. */
function counted(found: JobRecord | undefined) {
  const asked = { count: 0, now: 0, found };
  const get = async () => {
    asked.count += 1;
    return asked.found;
  };
  return { asked, jobs: new SettledJobs({ get }, () => asked.now) };
}

describe("jobs that succeeded", () => {
  it("are asked for once in half a second, and then again", async () => {
    const { asked, jobs } = counted(await job(async () => null));
    const id = asked.found?.id ?? "";
    for (asked.now = 1000; asked.now < 1500; asked.now += 100) expect((await jobs.get(id))?.id).toBe(id);
    expect(asked.count).toBe(1);
    asked.found = undefined;
    asked.now = 2000;
    expect(await jobs.get(id)).toBe(undefined);
  });
  it("differ from all others, which are asked for each time", async () => {
    const { asked, jobs } = counted(await job(() => Promise.reject(new Error("no"))));
    const id = asked.found?.id ?? "";
    await jobs.get(id);
    await jobs.get(id);
    expect(asked.count).toBe(2);
  });
  it("stay one object as long as nothing changes, with what was made of it", async () => {
    const found = await job(async () => null);
    const { asked, jobs } = counted(found);
    const first = await jobs.get(found.id);
    if (first === undefined) throw new Error("not found");
    jobs.keepResource(first, "status", { ...jsonResource({ a: 1 }), bytes: 7 });
    asked.now = 10_000;
    expect(jobs.isCurrent(first)).toBe(false);
    asked.found = { ...found };
    expect(await jobs.get(found.id)).toBe(first);
    expect(jobs.isCurrent(first)).toBe(true);
    expect(jobs.resource(first, "status")?.shareable).toBe(true);
  });
  it("are not taken for what they were once their results leave", async () => {
    const found = await job(async () => null);
    const { asked, jobs } = counted(found);
    const first = (await jobs.get(found.id)) ?? found;
    const status = jobs.keepResource(first, "status", { ...jsonResource({ a: 1 }), bytes: 7 });
    expect(status.isCurrent?.()).toBe(true);
    jobs.leaves(found.id);
    expect([status.isCurrent?.(), jobs.resource(first, "status")]).toEqual([false, undefined]);
    expect([jobs.hasLeft(found.id), jobs.hasLeft("another")]).toEqual([true, false]);
    expect((await jobs.get(found.id))?.id).toBe(found.id); // the record goes after the files
    asked.found = undefined;
    expect(await jobs.get(found.id)).toBe(undefined);
  });
  it("take bounded memory", async () => {
    const found = await job(async () => null);
    const { jobs } = counted(found);
    const first = (await jobs.get(found.id)) ?? found;
    jobs.keepResource(first, "large", { ...jsonResource({}), bytes: 16 * 1024 ** 2 });
    expect(jobs.resource(first, "large")).toBe(undefined);
    for (let page = 0; page < 100; page += 1)
      jobs.keepResource(first, `page ${page}`, { ...jsonResource({}), bytes: 1024 ** 2 });
    expect(jobs.resource(first, "page 0")).toBeDefined();
    expect(jobs.resource(first, "page 3")).toBe(undefined);
  });
});
