import type { CallOptions } from "@zarr-gateway/primitives";

/** The attempt that writes a log: a late worker of a lost lease writes into its own, never into the next one's. */
export interface LogAttempt {
  readonly job: string;
  readonly task: string;
  readonly step: string;
  readonly fence: number;
}

/** What attempts say while they run: append-only text, kept until the job is removed. */
export interface JobLogs {
  /** Does not wait; lines are written in order. Failures to write are told to the server's log, never to the step. */
  append(attempt: LogAttempt, text: string): void;
  /** Logs of a job in the order in which their attempts began. */
  list(job: string, options?: CallOptions): Promise<readonly LogFile[]>;
  /** Bytes of one log (UTF-8), at most `length` of them; fewer at its end. undefined: no such log. */
  read(attempt: LogAttempt, range: LogRange, options?: CallOptions): Promise<Uint8Array | undefined>;
  remove(job: string): Promise<void>;
  close(): Promise<void>;
}

export interface LogFile extends LogAttempt {
  readonly size: number;
}

export interface LogRange {
  readonly offset: number;
  readonly length: number;
}

/** For engines whose steps have nothing to say. */
export const noLogs: JobLogs = {
  append: () => {},
  list: async () => [],
  read: async () => undefined,
  remove: async () => {},
  close: async () => {},
};
