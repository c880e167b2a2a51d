import type { JobState } from "./record.ts";

export interface JobStats {
  readonly definitions: readonly DefinitionStats[];
  /** Running steps by step name. */
  readonly running: Readonly<Record<string, number>>;
}

export interface DefinitionStats {
  readonly definition: string;
  /** Jobs by state. */
  readonly jobs: Readonly<Partial<Record<JobState, number>>>;
  /** Milliseconds since 1970 at which the job that has waited longest was submitted; absent where none waits. */
  readonly oldestQueuedAt?: number;
}
