import { hash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { isAbsent } from "@zarr-gateway/primitives";
import type { UploadState } from "@zarr-gateway/stores";
import { z } from "zod";

const line = z.union([
  z.object({ done: z.string() }),
  z.object({
    begun: z.string(),
    state: z.object({ id: z.string(), partBytes: z.number(), parts: z.record(z.string(), z.string()) }),
  }),
]);

/**
 * What of a result has arrived at one place, a line each: after a crash another attempt goes on from there. Lines are whole or
 * absent, and saying something twice does no harm.
 */
export class UploadLog {
  /** Of uploads to one location, in the folder of what is published. */
  static nameOf(location: URL): string {
    return `upload-${hash("sha256", location.href).slice(0, 16)}.ndjson`;
  }

  readonly done = new Set<string>();
  readonly begun = new Map<string, UploadState>();
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Uploads that were begun and have not arrived. */
  static async unfinished(path: string): Promise<ReadonlyMap<string, UploadState>> {
    const log = await UploadLog.open(path);
    await log.close();
    return new Map([...log.begun].filter(([key]) => !log.done.has(key)));
  }

  static async open(path: string): Promise<UploadLog> {
    const known = await readFile(path, "utf8").catch((error: unknown) => {
      if (isAbsent(error)) return "";
      throw error;
    });
    const log = new UploadLog(await open(path, "a"));
    // a line that a crash cut off must not swallow the next one
    if (known !== "" && !known.endsWith("\n")) await log.#file.appendFile("\n");
    for (const text of known.split("\n")) log.#note(text);
    return log;
  }

  async arrived(path: string): Promise<void> {
    this.done.add(path);
    await this.#file.appendFile(`${JSON.stringify({ done: path })}\n`);
  }

  /** Only parts that are new are written: a file may have thousands. */
  async continued(path: string, state: UploadState): Promise<void> {
    const known = this.#partsOf(path, state);
    const parts = Object.fromEntries(Object.entries(state.parts).filter(([part]) => !(part in known)));
    this.begun.set(path, state);
    await this.#file.appendFile(`${JSON.stringify({ begun: path, state: { ...state, parts } })}\n`);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #note(text: string): void {
    const parsed = line.safeParse(jsonOf(text));
    if (!parsed.success) return;
    if ("done" in parsed.data) this.done.add(parsed.data.done);
    else {
      const { begun, state } = parsed.data;
      this.begun.set(begun, { ...state, parts: { ...this.#partsOf(begun, state), ...state.parts } });
    }
  }

  /** Parts of the same upload that are written down already. */
  #partsOf(path: string, { id, partBytes }: UploadState): UploadState["parts"] {
    const known = this.begun.get(path);
    return known?.id === id && known.partBytes === partBytes ? known.parts : {};
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut off by a crash: what it said happens again
  }
}
