import { expect, it } from "vitest";
import { claimOne, finish, NO_RULE, type OpenStore, twoStepJob } from "./fixtures.ts";

export function describeLists(open: OpenStore): void {
  it("finds nothing by texts and numbers that no job can have", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    for (const filter of [{ text: "\0" }, { owner: "o\0" }, { definition: "\0" }, { after: "\0" }])
      expect(await store.list({ ...filter, limit: 10 })).toEqual([]);
    expect(await store.events("a", { after: 999_999_999_999_999, limit: 10 })).toEqual([]);
    expect(await store.list({ createdFrom: -1e15, createdTo: 1e15, limit: 10 })).toHaveLength(1);
  });

  it("lists newest first, by definition, owner and state, page by page", async () => {
    const store = await open();
    for (const [index, id] of ["a", "b", "c", "d"].entries())
      await store.create(
        twoStepJob(id, { createdAt: index < 2 ? 0 : index, owner: id === "d" ? "p" : "o" }),
        NO_RULE,
      );
    await store.append("c", [{ type: "job_cancelled", at: 5 }]);
    const ids = async (filter: object) => (await store.list({ limit: 10, ...filter })).map((job) => job.id);
    expect(await ids({})).toEqual(["d", "c", "b", "a"]);
    expect(await ids({ limit: 2 })).toEqual(["d", "c"]);
    expect(await ids({ after: "c" })).toEqual(["b", "a"]);
    expect(await ids({ after: "b" })).toEqual(["a"]);
    expect(await ids({ after: "unknown" })).toEqual([]);
    expect(await ids({ owner: "o", state: "queued" })).toEqual(["b", "a"]);
    expect(await ids({ state: "cancelled", definition: "d" })).toEqual(["c"]);
    expect(await ids({ definition: "e" })).toEqual([]);
  });

  it("says how many jobs are before one in the queue", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    await store.create(twoStepJob("b", { createdAt: 1 }), NO_RULE);
    await store.create(twoStepJob("c", { createdAt: 2, priority: 5 }), NO_RULE);
    expect(await store.position("c")).toBe(0);
    expect(await store.position("b")).toBe(2);
    expect(await store.position("x")).toBeUndefined();
    await claimOne(store);
    expect(await store.position("c")).toBeUndefined();
    expect(await store.position("b")).toBe(1);
  });

  it("counts those before a job in a long queue, wherever it stands", async () => {
    const store = await open();
    for (let index = 0; index < 130; index += 1)
      await store.create(twoStepJob(`j${index}`, { createdAt: index }), { maxQueued: 200 });
    const places = [0, 20, 29, 30, 31, 128, 129];
    for (const place of places) expect(await store.position(`j${place}`)).toBe(place);
  });

  it("finds jobs by a part of their id, definition or parameters, and by when they were made", async () => {
    const store = await open();
    const made: Readonly<Record<string, object>> = {
      "exec-1": { definition: "Deterministic", params: { model: "DRIFT 100%" }, createdAt: 10 },
      "exec-2": {
        definition: "ensemble",
        params: { model: "über_X", note: 'a "quoted" word' },
        createdAt: 20,
      },
      "other-3": { definition: "ensemble", params: ["no"], createdAt: 30 },
    };
    for (const [id, wishes] of Object.entries(made)) await store.create(twoStepJob(id, wishes), NO_RULE);
    const ids = async (filter: object) => (await store.list({ limit: 10, ...filter })).map((job) => job.id);
    expect(await ids({ text: "exec-" })).toEqual(["exec-2", "exec-1"]);
    expect(await ids({ text: "EC-1" })).toEqual(["exec-1"]);
    expect(await ids({ text: "determin" })).toEqual(["exec-1"]);
    expect(await ids({ text: "drift 100%" })).toEqual(["exec-1"]);
    expect(await ids({ text: "ÜBER_x" })).toEqual(["exec-2"]);
    expect(await ids({ text: "r_x" })).toEqual(["exec-2"]);
    expect(await ids({ text: "er%x" })).toEqual([]);
    expect(await ids({ text: '\\"quoted\\"' })).toEqual(["exec-2"]);
    expect(await ids({ text: "no" })).toEqual(["other-3", "exec-2"]);
    expect(await ids({ text: "n" })).toEqual(["other-3", "exec-2", "exec-1"]);
    expect(await ids({ text: "" })).toEqual(["other-3", "exec-2", "exec-1"]);
    expect(await ids({ text: "e", definition: "ensemble", after: "other-3", limit: 1 })).toEqual(["exec-2"]);
    expect(await ids({ text: "ensemble", state: "running" })).toEqual([]);
    expect(await ids({ createdFrom: 20 })).toEqual(["other-3", "exec-2"]);
    expect(await ids({ createdFrom: 10, createdTo: 20 })).toEqual(["exec-2", "exec-1"]);
  });

  it("counts jobs by definition and state, steps that run, and knows who waits longest", async () => {
    const store = await open();
    for (const [id, createdAt] of [
      ["a", 5],
      ["b", 3],
      ["c", 9],
    ] as const)
      await store.create(twoStepJob(id, { createdAt }), NO_RULE);
    await store.create(twoStepJob("e", { definition: "e" }), NO_RULE);
    await finish(store, "e");
    for (const id of ["a", "b", "c"]) await store.append(id, [{ type: "job_cancelled", at: 30 }]);
    await store.create(twoStepJob("f", { createdAt: 31 }), NO_RULE);
    await store.create(twoStepJob("g", { createdAt: 32 }), NO_RULE);
    await store.create(twoStepJob("h", { createdAt: 33 }), NO_RULE);
    await claimOne(store, { now: 40 });
    expect(await store.stats()).toEqual({
      definitions: [
        { definition: "d", jobs: { cancelling: 3, queued: 2, running: 1 }, oldestQueuedAt: 32 },
        { definition: "e", jobs: { succeeded: 1 } },
      ],
      running: { fetch: 4 },
    });
  });
}
