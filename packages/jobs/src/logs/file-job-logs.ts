import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CallOptions, GatewayError, isAbsent, mapConcurrently } from "@zarr-gateway/primitives";
import { type Clock, systemClock } from "../clock.ts";
import type { JobFolders } from "../job-folders.ts";
import type { JobLogs, LogAttempt, LogFile, LogRange } from "../job-logs.ts";
import { stampedLines, stampOf } from "./log-lines.ts";
import { logName, parseLogName } from "./log-names.ts";
import { LogWriter } from "./log-writer.ts";

export interface FileJobLogsOptions {
  /** Bytes of one attempt's log; 16 MiB unless told. A last line says that it is full. */
  readonly maxBytes?: number;
  /** Lines are in the file this much later at most; 100 ms unless told. */
  readonly flushMs?: number;
  readonly clock?: Clock;
  /** Failures to write: for the server's log. */
  readonly onError?: (error: unknown) => void;
}

/** Bytes of one read. */
const MAX_READ = 8 << 20;
/** Files looked at at once for a list. */
const OPEN_FILES = 16;

/** Logs as files below the folders of their jobs; whoever shares the folders reads what others write. */
export function fileJobLogs(folders: JobFolders, options: FileJobLogsOptions = {}): JobLogs {
  return new FileJobLogs(folders, options);
}

class FileJobLogs implements JobLogs {
  readonly #folders: JobFolders;
  readonly #options: Required<FileJobLogsOptions>;
  readonly #writers = new Map<string, LogWriter>();
  #callOff: (() => void) | undefined;

  constructor(folders: JobFolders, options: FileJobLogsOptions) {
    this.#folders = folders;
    this.#options = { maxBytes: 16 << 20, flushMs: 100, clock: systemClock(), onError: () => {}, ...options };
  }

  append(attempt: LogAttempt, text: string): void {
    try {
      this.#writerOf(this.#path(attempt)).add(this.#line(text));
      this.#callOff ??= this.#options.clock.after(this.#options.flushMs, () => {
        this.#callOff = undefined;
        void this.#flushAll();
      });
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async list(job: string, { signal }: CallOptions = {}): Promise<readonly LogFile[]> {
    await this.#flushAll();
    const attempts = (await namesIn(this.#folders.logs(job))).flatMap(
      (name) => parseLogName(job, name) ?? [],
    );
    const found = await mapConcurrently(attempts, OPEN_FILES, (attempt) => {
      signal?.throwIfAborted();
      return this.#described(attempt);
    });
    return found
      .filter((one) => one !== undefined)
      .sort((one, other) => one.startedAt - other.startedAt || one.file.fence - other.file.fence)
      .map(({ file }) => file);
  }

  async read(attempt: LogAttempt, { offset, length }: LogRange, { signal }: CallOptions = {}) {
    if (offset < 0 || length < 0 || !Number.isSafeInteger(offset) || !Number.isSafeInteger(length))
      throw new GatewayError(
        "invalid_request",
        `a range of a log begins at 0 or later: ${offset}, ${length}`,
      );
    signal?.throwIfAborted();
    const path = this.#path(attempt);
    await this.#flush(path);
    return readAt(path, offset, Math.min(length, MAX_READ));
  }

  async remove(job: string): Promise<void> {
    const folder = this.#folders.logs(job);
    await this.#flushAll();
    await rm(folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#callOff?.();
    await this.#flushAll();
  }

  #writerOf(path: string): LogWriter {
    const known = this.#writers.get(path);
    if (known !== undefined) return known;
    const { maxBytes } = this.#options;
    const writer = new LogWriter({ path, maxBytes, line: (text) => this.#line(text) });
    this.#writers.set(path, writer);
    return writer;
  }

  async #flushAll(): Promise<void> {
    await Promise.all([...this.#writers.keys()].map((path) => this.#flush(path)));
  }

  async #flush(path: string): Promise<void> {
    const writer = this.#writers.get(path);
    if (writer === undefined) return;
    await writer.flush().catch(this.#options.onError);
    // Attempts end without a word to the log: whoever writes on gets a new writer, which finds the size in the file.
    if (writer.isIdle && this.#writers.get(path) === writer) this.#writers.delete(path);
  }

  async #described(attempt: LogAttempt): Promise<{ file: LogFile; startedAt: number } | undefined> {
    const file = await opened(this.#path(attempt));
    if (file === undefined) return undefined;
    try {
      const { size, mtimeMs } = await file.stat();
      const head = Buffer.alloc(24);
      await file.read(head, 0, head.length, 0);
      return { file: { ...attempt, size }, startedAt: stampOf(head.toString("latin1")) ?? mtimeMs };
    } finally {
      await file.close();
    }
  }

  #path(attempt: LogAttempt): string {
    return join(this.#folders.logs(attempt.job), logName(attempt));
  }

  #line(text: string): string {
    return stampedLines(text, this.#options.clock.now());
  }
}

async function readAt(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
  const file = await opened(path);
  if (file === undefined) return undefined;
  try {
    const room = Math.max(0, Math.min(length, (await file.stat()).size - offset));
    const bytes = new Uint8Array(room);
    const { bytesRead } = await file.read(bytes, 0, room, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function opened(path: string) {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new GatewayError("internal", "a log cannot be read", {}, error);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw new GatewayError("internal", "the logs of a job cannot be listed", {}, error);
  }
}
