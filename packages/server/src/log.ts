import type { Log } from "@zarr-gateway/plugin";
import { type DestinationStream, destination, pino, stdTimeFunctions } from "pino";
import { errorFields } from "./error-fields.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log of one process. */
export interface ServerLog extends Log {
  /** False when a line of this level would be dropped, so that making it can be spared. */
  isEnabled(level: Exclude<LogLevel, "silent">): boolean;
  /** Writes what is still held back; before the process ends. */
  flush(): void;
}

export interface LogOptions {
  readonly level?: LogLevel;
  /** stderr unless told otherwise: stdout belongs to the program's own words. */
  readonly stream?: DestinationStream;
}

/** Lines are gathered to this size, because a system call a request costs more than the request. */
const BUFFER_BYTES = 4096;
const FLUSH_MS = 500;

/** One JSON object a line, without colours. Errors and warnings are written at once. */
export function createLog({ level = "info", stream }: LogOptions = {}): ServerLog {
  const buffered =
    stream === undefined
      ? destination({ dest: 2, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS })
      : undefined;
  const logger = pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      base: { pid: process.pid },
      serializers: { err: errorFields },
    },
    stream ?? buffered ?? process.stderr,
  );
  const flush = (): void => flushed(buffered);
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn(fields, message) {
      logger.warn(fields, message);
      buffered?.flush();
    },
    error(fields, message) {
      logger.error(fields, message);
      buffered?.flush();
    },
    isEnabled: (asked) => logger.isLevelEnabled(asked),
    flush,
  };
}

type Buffered = ReturnType<typeof destination>;

function flushed(buffered: Buffered | undefined): void {
  try {
    buffered?.flushSync();
  } catch {
    // sonic-boom throws while its file is not open yet: then nothing can be written any more
  }
}

/** For tests and embedding: says nothing. */
export function silentLog(): ServerLog {
  return { ...createLog({ level: "silent", stream: { write: () => undefined } }) };
}
