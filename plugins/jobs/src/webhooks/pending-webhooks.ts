import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { z } from "zod";
import { type Webhook, webhookSchema } from "./webhook-rules.ts";

const pending = z.strictObject({ job: z.string(), webhooks: z.array(webhookSchema) });

/** Who wants to be told of a job that has not ended, as a file beside the jobs' own. */
export interface PendingWebhooks {
  /** Name of the file: unique, and part of the ids of messages. */
  readonly name: string;
  readonly job: string;
  readonly webhooks: readonly Webhook[];
}

/** Wishes to be told, shared by all processes of an installation. */
export class PendingFolder {
  readonly #path: string;
  readonly #known = new Map<string, PendingWebhooks>();

  constructor(root: string) {
    this.#path = join(root, ".webhooks"); // no job has such an id
  }

  async add(job: string, webhooks: readonly Webhook[]): Promise<string> {
    const name = `${randomBytes(12).toString("hex")}.json`;
    try {
      await mkdir(this.#path, { recursive: true });
      const path = join(this.#path, name);
      await writeFile(`${path}.part`, JSON.stringify({ job, webhooks }), { flush: true });
      await rename(`${path}.part`, path);
    } catch (error) {
      throw new GatewayError("internal", "the wish to be told of a job could not be kept", {}, error);
    }
    return name;
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(join(this.#path, name), { force: true });
  }

  async list({ signal }: CallOptions = {}): Promise<readonly PendingWebhooks[]> {
    const names = await readdir(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const wanted = names.filter((name) => /^[0-9a-f]{24}\.json$/.test(name));
    for (const name of this.#known.keys()) if (!wanted.includes(name)) this.#known.delete(name);
    for (const name of wanted) {
      signal?.throwIfAborted();
      if (!this.#known.has(name)) await this.#read(name);
    }
    return [...this.#known.values()];
  }

  /** Milliseconds since the wish was kept. */
  async age(name: string): Promise<number> {
    const found = await stat(join(this.#path, name)).catch(() => undefined); // removed meanwhile
    return found === undefined ? 0 : Date.now() - found.mtimeMs;
  }

  async #read(name: string): Promise<void> {
    const text = await readFile(join(this.#path, name), "utf8").catch(() => undefined); // removed meanwhile
    if (text !== undefined) this.#known.set(name, { name, ...pending.parse(JSON.parse(text)) });
  }
}
