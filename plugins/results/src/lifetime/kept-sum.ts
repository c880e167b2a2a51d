import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "@zarr-gateway/primitives";
import { z } from "zod";

const NAME = ".results-bytes"; // no job has such an id
const kept = z.object({ bytes: z.number().min(0) });

/** The sum that some process on this folder found last: what the next one believes until it has looked for itself. */
export class KeptSum {
  readonly #path: string;
  #written: number | undefined;

  constructor(root: string) {
    this.#path = join(root, NAME);
  }

  /** undefined: nobody has looked yet, or it was damaged. */
  async read(): Promise<number | undefined> {
    try {
      return kept.safeParse(parsed(await readFile(this.#path, "utf8"))).data?.bytes;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Nothing where there is no folder of results. */
  async write(bytes: number): Promise<void> {
    if (bytes === this.#written) return;
    const part = `${this.#path}.${randomUUID()}.part`;
    try {
      await writeFile(part, JSON.stringify({ bytes }));
      await rename(part, this.#path);
      this.#written = bytes;
    } catch (error) {
      await rm(part, { force: true });
      if (!isAbsent(error)) throw error;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
