import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkedJobId } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { z } from "zod";
import { type Webhook, webhookSchema } from "./webhook-rules.ts";

const pending = z.strictObject({
  job: z.string(),
  webhooks: z.array(webhookSchema),
  toldEnd: z.number().optional(),
});
/** Kept wishes that are looked at in one round. */
const MAX_KEPT = 1000;

/** Who wants to be told of a job that has not ended, as a file beside the jobs' own. */
export interface PendingWebhooks {
  /** Name of the file: unique, and part of the ids of messages. */
  readonly name: string;
  readonly job: string;
  readonly webhooks: readonly Webhook[];
  /** An earlier end that was told already, of a job that is to begin anew: milliseconds since 1970. */
  readonly toldEnd?: number | undefined;
}

/** Wishes to be told, shared by all processes of an installation. */
export class PendingFolder {
  readonly #path: string;
  readonly #known = new Map<string, PendingWebhooks>();

  constructor(root: string) {
    this.#path = join(root, ".webhooks"); // no job has such an id
  }

  async add(wish: Omit<PendingWebhooks, "name">): Promise<string> {
    const name = `${randomBytes(12).toString("hex")}.json`;
    try {
      await mkdir(this.#path, { recursive: true });
      const path = join(this.#path, name);
      await writeFile(`${path}.part`, JSON.stringify(wish), { flush: true });
      await rename(`${path}.part`, path);
    } catch (error) {
      throw new GatewayError("internal", "the wish to be told of a job could not be kept", {}, error);
    }
    return name;
  }

  /** The last message is on its way; who wanted it may want to hear of another end. */
  async keep({ name, job }: PendingWebhooks): Promise<void> {
    this.#known.delete(name);
    await mkdir(this.#keptPath, { recursive: true });
    await rename(join(this.#path, name), this.#keptFile(job)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error; // another process was there first
    });
  }

  /** Who was told of the last end of a job. */
  async kept(job: string): Promise<readonly Webhook[]> {
    const text = await readFile(this.#keptFile(job), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new GatewayError("internal", "who wants to be told of a job cannot be read", {}, error);
    });
    return text === undefined ? [] : pending.parse(JSON.parse(text)).webhooks;
  }

  async forget(job: string): Promise<void> {
    await rm(this.#keptFile(job), { force: true });
  }

  /** Jobs whose wishes are kept: some of them, each time others. */
  async keptJobs(): Promise<readonly string[]> {
    const names = await readdir(this.#keptPath).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const start = Math.floor(Math.random() * Math.max(1, names.length - MAX_KEPT));
    return names.slice(start, start + MAX_KEPT).map((name) => name.slice(0, -".json".length));
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
    const wanted = new Set(names.filter((name) => /^[0-9a-f]{24}\.json$/.test(name)));
    for (const name of this.#known.keys()) if (!wanted.has(name)) this.#known.delete(name);
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

  get #keptPath(): string {
    return join(this.#path, "told");
  }

  #keptFile(job: string): string {
    return join(this.#keptPath, `${checkedJobId(job)}.json`);
  }

  async #read(name: string): Promise<void> {
    const text = await readFile(join(this.#path, name), "utf8").catch(() => undefined); // removed meanwhile
    if (text !== undefined) this.#known.set(name, { name, ...pending.parse(JSON.parse(text)) });
  }
}
