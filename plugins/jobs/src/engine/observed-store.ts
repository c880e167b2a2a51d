import type { JobEvent, JobRecord, JobStore } from "@zarr-gateway/jobs";
import { isGatewayError } from "@zarr-gateway/primitives";

/** What a store is seen to do, by who counts. */
export interface StoreObserver {
  /** An attempt of a step ended in this process. */
  attemptEnded(attempt: EndedAttempt): void;
  /** This process has looked for work. */
  looked(): void;
  /** The store took a change. */
  wrote(): void;
  /** The store could not take a change: it is away, full, read-only or damaged. */
  refused(reason: string): void;
}

export interface EndedAttempt {
  readonly definition: string;
  /** Name of the step definition. */
  readonly step: string;
  readonly outcome: "succeeded" | "failed" | "timed_out" | "lost" | "cancelled" | "handed_back";
  readonly seconds: number;
}

/** The same store, and somebody who watches. */
export function observedStore(store: JobStore, observer: StoreObserver): JobStore {
  return {
    ...store,
    create: (job, rule, options) =>
      seen(store.create(job, rule, options), observer, ({ outcome }) => outcome === "created"),
    claim: (request, options) => seen(store.claim(request, options), observer, ({ length }) => length > 0),
    remove: (id, options) => seen(store.remove(id, options), observer, (removed) => removed === true),
    append: async (id, events, options) => {
      const appended = await seen(
        store.append(id, events, options),
        observer,
        (now) => now?.applied === true,
      );
      for (const event of events) {
        const ended = appended && endedAttempt(appended.job, event);
        if (ended !== undefined) observer.attemptEnded(ended);
      }
      return appended;
    },
    lostLeases: async (now, limit, options) => {
      const lost = await store.lostLeases(now, limit, options);
      observer.looked(); // also where it has no room for more work
      return lost;
    },
  };
}

/** The same outcome, told to who watches; a change that came to nothing says nothing about the store. */
async function seen<Result>(
  change: Promise<Result>,
  observer: StoreObserver,
  hasWritten: (result: Result) => boolean,
): Promise<Result> {
  try {
    const result = await change;
    if (hasWritten(result)) observer.wrote();
    return result;
  } catch (error) {
    if (isGatewayError(error) && STORE_FAILURES.has(error.code)) observer.refused(error.message);
    throw error;
  }
}

const STORE_FAILURES: ReadonlySet<string> = new Set(["internal", "overloaded"]);

/** What ended by this event; undefined where the event is none, or was refused. */
function endedAttempt(job: JobRecord, event: JobEvent): EndedAttempt | undefined {
  const outcome = outcomeOf(event);
  if (outcome === undefined || !("step" in event) || !("fence" in event)) return undefined;
  const step = job.tasks.find(({ key }) => key === event.task)?.steps.find(({ name }) => name === event.step);
  const attempt = step?.attempts.find(({ number }) => number === event.fence);
  if (step === undefined || attempt === undefined) return undefined;
  if (attempt.outcome !== outcome || attempt.endedAt !== event.at) return undefined;
  const seconds = Math.max(0, event.at - attempt.startedAt) / 1000;
  return { definition: job.definition, step: step.step, outcome, seconds };
}

function outcomeOf(event: JobEvent): EndedAttempt["outcome"] | undefined {
  if (event.type === "step_succeeded") return "succeeded";
  if (event.type === "step_cancelled") return "cancelled";
  if (event.type === "step_handed_back") return "handed_back";
  return event.type === "step_failed" ? event.reason : undefined;
}
