import { expect, it } from "vitest";
import type { JobStore } from "../../job-store.ts";
import { attemptOf, claimOne, finish, NO_RULE, type OpenStore, twoStepJob } from "./fixtures.ts";

/** Of the definition `d`. */
async function counted(store: JobStore): Promise<object> {
  const { definitions } = await store.stats();
  return definitions.find(({ definition }) => definition === "d")?.jobs ?? {};
}

export function describeCounts(open: OpenStore): void {
  it("counts jobs that end, expire, go, and begin anew", async () => {
    const store = await open();
    expect(await store.stats()).toEqual({ definitions: [], running: {} });
    for (const id of ["a", "b", "c"]) {
      await store.create(twoStepJob(id), NO_RULE);
      await finish(store, id);
    }
    expect(await counted(store)).toEqual({ succeeded: 3 });
    for (const id of ["a", "b"]) await store.append(id, [{ type: "job_expired", at: 30 }]);
    expect(await counted(store)).toEqual({ succeeded: 1, expired: 2 });
    for (const id of ["a", "c"]) expect(await store.remove(id)).toBe(true);
    expect(await counted(store)).toEqual({ expired: 1 });

    await store.create(twoStepJob("x"), NO_RULE);
    const begun = attemptOf(await claimOne(store));
    const error = { code: "internal", message: "no" };
    await store.append("x", [{ type: "step_failed", ...begun, reason: "failed", error, at: 40 }]);
    expect(await counted(store)).toEqual({ expired: 1, failed: 1 });
    await store.append("x", [{ type: "step_requeued", task: "t", step: "fetch", at: 50 }]);
    expect(await counted(store)).toEqual({ expired: 1, running: 1 });
    await store.remove("b");
    await store.append("x", [{ type: "job_cancelled", at: 60 }]);
    expect(await counted(store)).toEqual({ cancelled: 1 });
    await store.remove("x");
    expect(await store.stats()).toEqual({ definitions: [], running: {} });
  });
}
