import type { Json } from "@zarr-gateway/jobs";
import type { WorkflowPlace } from "../child/messages.ts";
import type { RunLimits } from "./watched-limits.ts";

export interface LoadRequest {
  readonly place: WorkflowPlace;
  readonly config: Json;
  readonly timeoutMs: number;
  /** What `setup` prints and logs. */
  readonly onLine?: (line: string) => void;
}

/** What a run says while it goes on. */
export interface RunListener {
  progress(news: { readonly [field: string]: Json }): void;
  metadata(update: { readonly [key: string]: Json }): void;
  log(text: string): void;
}

export interface RunWatch {
  readonly listener: RunListener;
  readonly limits: RunLimits;
  readonly signal: AbortSignal;
  /** Where its files really lie. */
  readonly folder: string;
}
