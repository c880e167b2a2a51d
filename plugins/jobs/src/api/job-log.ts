import { createHash } from "node:crypto";
import type { Resource } from "@zarr-gateway/http";
import type { JobLogs, LogFile } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";

/** The logs of a job as one text, as long as they are now: lines of each attempt under a line that names it. */
export class JobLog {
  readonly #logs: JobLogs;
  readonly #parts: readonly LogPart[];
  readonly size: number;

  constructor(logs: JobLogs, files: readonly LogFile[], { isNamed }: { readonly isNamed: boolean }) {
    this.#logs = logs;
    this.#parts = files.flatMap((file): LogPart[] => {
      const log = { file, size: file.size };
      if (!isNamed) return [log];
      const head = Buffer.from(attemptLine(file));
      return [{ head, size: head.length }, log];
    });
    this.size = this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  /** Exactly these bytes, which lie inside the size. */
  async read(offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (const part of this.#parts) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + part.size);
      if (from < to)
        pieces.push(...(await this.#piece(part, { offset: from - start, length: to - from }, options)));
      start += part.size;
    }
    return Buffer.concat(pieces);
  }

  /** What only grows is another text when it is longer. */
  resource(): Resource {
    const named = this.#parts.map(({ file, size }) => [file?.job, file?.task, file?.step, file?.fence, size]);
    const etag = createHash("sha1").update(JSON.stringify(named)).digest("base64url");
    return {
      contentType: LOG_TYPE,
      cacheControl: "no-cache",
      stat: () => ({ size: this.size, etag }),
      read: (range, options) => this.read(range?.offset ?? 0, range?.length ?? this.size, options),
    };
  }

  /** The last lines, of the last MiB at most. */
  async tail(lines: number, options: CallOptions): Promise<string> {
    const length = Math.min(this.size, TAIL_BYTES);
    const text = Buffer.from(await this.read(this.size - length, length, options)).toString("utf8");
    const all = text.split("\n");
    const isEnded = all.at(-1) === "";
    return all.slice(-(lines + (isEnded ? 1 : 0))).join("\n");
  }

  async #piece(part: LogPart, range: { offset: number; length: number }, options: CallOptions) {
    if (part.file === undefined) return [part.head.subarray(range.offset, range.offset + range.length)];
    const pieces: Uint8Array[] = [];
    for (let done = 0; done < range.length; ) {
      const wanted = { offset: range.offset + done, length: range.length - done };
      const bytes = await this.#logs.read(part.file, wanted, options);
      if (bytes === undefined || bytes.length === 0) break; // removed meanwhile: the answer comes out short, and says so
      pieces.push(bytes);
      done += bytes.length;
    }
    return pieces;
  }
}

export const LOG_TYPE = "text/plain; charset=utf-8";
const TAIL_BYTES = 1024 * 1024;

type LogPart =
  | { readonly file: LogFile; readonly size: number; readonly head?: undefined }
  | { readonly file?: undefined; readonly size: number; readonly head: Uint8Array };

export function attemptLine({ task, step, fence }: LogFile): string {
  return `==> task ${task}, step ${step}, attempt ${fence} <==\n`;
}
