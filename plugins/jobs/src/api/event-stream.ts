import { isJobEnded, type JobRecord, jobState, type RecordedEvent } from "@zarr-gateway/jobs";
import type { FrontDoor } from "./front-door.ts";
import { isoTime } from "./job-view.ts";

/** Below the 60 s after which common proxies give up. */
const HEARTBEAT_MS = 30_000;

/** What a client has seen already; 0 for nothing, and for what no stream has given out. */
export function lastEventId(header: string | null | undefined): number {
  return header !== null && header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : 0;
}

/** Events of a job as server-sent events, from one on, until the job has ended; comments meanwhile. */
export async function* eventStream(
  door: FrontDoor,
  job: JobRecord,
  { after, signal: left }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const signal = AbortSignal.any([left, door.activity.stopping]);
  yield "retry: 2000\n\n";
  const events = door.jobs.engine.watch(job.id, after, { signal })[Symbol.asyncIterator]();
  let next = events.next();
  try {
    while (!signal.aborted) {
      const one = await withinHeartbeat(next);
      if (one === "silent") yield ": here\n\n";
      else if (one.done === true) break;
      else {
        yield eventText(one.value, door);
        next = events.next();
      }
    }
  } finally {
    next.catch(() => undefined);
    void events.return?.(undefined);
  }
  if (signal.aborted) return;
  const now = await door.jobs.engine.get(job.id);
  if (now !== undefined && isJobEnded(jobState(now)))
    yield `event: end\ndata: ${JSON.stringify({ state: jobState(now) })}\n\n`;
}

async function withinHeartbeat<Value>(value: Promise<Value>): Promise<Value | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"silent">();
  const timer = setTimeout(() => resolve("silent"), HEARTBEAT_MS);
  try {
    return await Promise.race([value, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function eventText({ sequence, event }: RecordedEvent, { hide }: FrontDoor): string {
  const { type, at } = event;
  const data: Record<string, unknown> = { type, at: isoTime(at) };
  for (const [name, value] of Object.entries(event)) {
    if (SHOWN.has(name)) data[name] = typeof value === "string" ? hide(value) : value;
  }
  if (event.type === "step_failed") data["error"] = { ...event.error, message: hide(event.error.message) };
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Neither outputs, which are between steps, nor names of workers. */
const SHOWN: ReadonlySet<string> = new Set([
  "task",
  "step",
  "fence",
  "fraction",
  "message",
  "current",
  "total",
  "details",
  "reason",
  "state",
  "retryAt",
]);
