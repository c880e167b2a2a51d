import type { Timings } from "./timings.ts";

/** Last parameter of everything that may wait. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes down what the caller's own answer cost. Work that is shared does not have it. */
  readonly timings?: Timings | undefined;
  /** Of a look at something: true where its whole content is read next, so that both may be one request. */
  readonly isReadNext?: boolean | undefined;
  /** Who asks, as far as it can be told, so that work that queues is shared out fairly. */
  readonly client?: string | undefined;
}
