import type { JobRecord } from "@zarr-gateway/jobs";
import { z } from "zod";
import { runStep } from "./run-facts.ts";

const details = z.record(z.string(), z.unknown()).catch({});

/** Keys of the details of progress that are about the execution, not about how far it is. */
const OTHERS: ReadonlySet<string> = new Set(["metadata"]);

/** How far an execution is: null before the first news, else always with the four keys that clients read. */
export function progressDocument(job: JobRecord, isStrict: boolean): object | null {
  const news = runStep(job)?.progress;
  if (news === undefined) return null;
  const own = Object.entries(details.parse(news.details ?? {})).filter(([key]) => !OTHERS.has(key));
  return {
    ...(isStrict ? {} : Object.fromEntries(own)),
    progress: news.message ?? null,
    current_step: news.current ?? null,
    total_steps: news.total ?? null,
    error_message: textOf(own.find(([key]) => key === "error_message")?.[1]),
  };
}

/** What a running workflow has said of its results so far. */
export function liveMetadata(job: JobRecord): Readonly<Record<string, unknown>> {
  return details.parse(details.parse(runStep(job)?.progress?.details ?? {})["metadata"] ?? {});
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
