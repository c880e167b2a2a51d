import type { JobStore } from "../job-store.ts";
import type { JobRecord } from "../record.ts";
import type { Changes } from "./changes.ts";
import type { Watches } from "./watches.ts";

/** The same store; who waits in this process for work or for a job learns at once what this process changes. */
export function toldStore(
  store: JobStore,
  { work, watches }: { readonly work: Changes; readonly watches: Watches },
): JobStore {
  return {
    ...store,
    create: async (...call) => {
      const submitted = await store.create(...call);
      if (submitted.outcome === "created") work.tell();
      return submitted;
    },
    append: async (...call) => {
      const appended = await store.append(...call);
      if (appended?.applied !== true) return appended;
      if (hasReadyStep(appended.job)) work.tell();
      // A renewed lease is no event.
      if (call[1].type !== "lease_renewed") watches.told(appended.job.id);
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
