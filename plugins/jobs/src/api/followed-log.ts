import { setTimeout as sleep } from "node:timers/promises";
import { isJobEnded, jobState, type LogFile } from "@zarr-gateway/jobs";
import type { FrontDoor } from "./front-door.ts";
import { attemptLine } from "./job-log.ts";

const LOOK_MS = 500;
const PIECE_BYTES = 1024 * 1024;

/** What attempts say, as they say it, until the job has ended. */
export async function* followedLog(
  door: FrontDoor,
  id: string,
  from: {
    readonly isWanted: (file: LogFile) => boolean;
    /** What was told already, as long as it was then. */
    readonly told: readonly LogFile[];
    readonly signal: AbortSignal;
  },
): AsyncGenerator<string | Uint8Array> {
  const { engine, logs } = door.jobs;
  const signal = AbortSignal.any([from.signal, door.activity.stopping]);
  const seen = new Map(from.told.map((file) => [attemptLine(file), file.size]));
  let current = "";
  while (!signal.aborted) {
    // asked before the logs: what is said between the two is found in the next round
    const job = await engine.get(id);
    const hasEnded = job === undefined || isJobEnded(jobState(job));
    let isNew = false;
    for (const file of (await logs.list(id)).filter(from.isWanted)) {
      const name = attemptLine(file);
      for (;;) {
        const offset = seen.get(name) ?? 0;
        const bytes = file.size > offset ? await logs.read(file, { offset, length: PIECE_BYTES }) : undefined;
        if (bytes === undefined || bytes.length === 0) break;
        if (current !== name) yield name;
        current = name;
        seen.set(name, offset + bytes.length);
        isNew = true;
        yield bytes;
      }
    }
    if (hasEnded && !isNew) return;
    // aborted: the loop ends
    if (!isNew) await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
