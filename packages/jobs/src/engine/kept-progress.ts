import { type Json, storedJson } from "../json-value.ts";
import type { StepProgress } from "../record.ts";

/** Characters: each news is an event that is kept. */
const MAX_MESSAGE = 1000;
const MAX_DETAILS = 16_384;

/** What a step says of itself, brought into bounds: news must not be able to fail a step. */
export function keptProgress({ fraction, message, current, total, details }: StepProgress): StepProgress {
  const kept = details === undefined ? undefined : smallDetails(details);
  return {
    fraction: Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0,
    ...(message === undefined ? {} : { message: message.slice(0, MAX_MESSAGE) }),
    ...(isCount(current) ? { current } : {}),
    ...(isCount(total) ? { total } : {}),
    ...(kept === undefined ? {} : { details: kept }),
  };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function smallDetails(details: Json): Json | undefined {
  try {
    const stored = storedJson(details, "details of progress");
    return JSON.stringify(stored).length <= MAX_DETAILS ? stored : undefined;
  } catch {
    // Cycles and the like, from JavaScript: the rest of the news is still worth keeping.
    return undefined;
  }
}
