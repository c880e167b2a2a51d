import type { JobEvent } from "../event.ts";
import type { JobStore } from "../job-store.ts";
import type { JobRecord } from "../record.ts";
import type { Changes } from "./changes.ts";
import type { Watches } from "./watches.ts";

/** What can make a step ready, its own or another one. */
const MAKES_READY: ReadonlySet<JobEvent["type"]> = new Set([
  "step_succeeded",
  "step_failed",
  "step_cancelled",
  "step_handed_back",
  "step_requeued",
]);

/** The same store; who waits in this process for work or for a job learns at once what this process changes. */
export function toldStore(
  store: JobStore,
  { work, watches }: { readonly work: Changes; readonly watches: Watches },
): JobStore {
  // Told when it is asked for, not when it is done: the look for work is then part of the same transaction.
  const isInOrder = store.inOrder === true;
  return {
    ...store,
    create: async (...call) => {
      const asked = store.create(...call);
      if (isInOrder) work.tell();
      const submitted = await asked;
      if (!isInOrder && submitted.outcome === "created") work.tell();
      return submitted;
    },
    append: async (...call) => {
      const asked = store.append(...call);
      if (isInOrder && call[1].some(({ type }) => MAKES_READY.has(type))) work.tell();
      const appended = await asked;
      if (appended === undefined) return appended;
      if (!isInOrder && hasReadyStep(appended.job)) work.tell();
      // A renewed lease is no event.
      if (call[1].some(({ type }) => type !== "lease_renewed")) watches.told(appended.job.id);
      return appended;
    },
    claim: async (...call) => {
      const claims = await store.claim(...call);
      for (const { job } of claims) watches.told(job.id);
      return claims;
    },
    remove: async (...call) => {
      const removed = await store.remove(...call);
      watches.told(call[0]);
      return removed;
    },
  };
}

function hasReadyStep(job: JobRecord): boolean {
  return job.tasks.some((task) => task.steps.some((step) => step.state === "ready"));
}
