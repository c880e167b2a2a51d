import { appendFile, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isAbsent } from "@zarr-gateway/primitives";

/** Characters that may wait for a slow disk: what comes beyond them is dropped, and a line says so. */
const MAX_PENDING = 1 << 20;

export interface LogWriterOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** A line of the writer's own. */
  readonly line: (text: string) => string;
}

/** Appends to one file, one write at a time; the file is bounded whoever has written it before. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #pending: string[] = [];
  #pendingLength = 0;
  #dropped = 0;
  #size: number | undefined;
  #isFull = false;
  #writing: Promise<void> | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#writing === undefined && this.#pending.length === 0 && this.#dropped === 0;
  }

  add(lines: string): void {
    if (this.#isFull) return;
    if (this.#pendingLength + lines.length > MAX_PENDING) {
      this.#dropped += lines.length;
      return;
    }
    this.#pending.push(lines);
    this.#pendingLength += lines.length;
  }

  /** Until everything added so far is in the file. @throws what the file system throws; those lines are gone then */
  async flush(): Promise<void> {
    while (!this.isIdle) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    const text = this.#taken();
    if (text === "" || this.#isFull) return;
    const { path, maxBytes } = this.#options;
    this.#size ??= await sizeOf(path);
    const room = maxBytes - this.#size;
    const bytes = Buffer.from(text);
    const kept = bytes.length <= room ? bytes : this.#last(bytes, room);
    if (kept.length === 0) return;
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, kept);
    this.#size += kept.length;
  }

  #taken(): string {
    const dropped =
      this.#dropped === 0 ? "" : this.#options.line(`(${this.#dropped} characters came too fast)`);
    const text = this.#pending.join("") + dropped;
    this.#pending = [];
    this.#pendingLength = 0;
    this.#dropped = 0;
    return text;
  }

  /** Whole lines that still fit, and the line that says so. */
  #last(bytes: Buffer, room: number): Buffer {
    this.#isFull = true;
    if (room < 0) return Buffer.alloc(0);
    const end = bytes.subarray(0, room).lastIndexOf("\n") + 1;
    const word = this.#options.line(
      `(this log is full: ${this.#options.maxBytes} bytes; what follows is dropped)`,
    );
    return Buffer.concat([bytes.subarray(0, end), Buffer.from(word)]);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
