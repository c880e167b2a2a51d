import { randomUUID } from "node:crypto";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import {
  isJobEnded,
  type JobEngine,
  type JobRecord,
  type JobStore,
  jobState,
  type SubmitWishes,
} from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import { type CallOptions, isGatewayError } from "@zarr-gateway/primitives";
import { messagesOf } from "./job-message.ts";
import { PendingFolder, type PendingWebhooks } from "./pending-webhooks.ts";
import { WEBHOOK_DEFINITION, webhookJob, webhookStep } from "./webhook-job.ts";
import type { Webhook, WebhookRules } from "./webhook-rules.ts";

const LOOK_MS = 1000;
/** Jobs asked after in one question. */
const AT_ONCE = 500;
/** Owner of messages: they take no place of people without a name. No proxy names anybody like this. */
const MESSENGER = "(webhooks)";
/** Between looks for wishes whose jobs are gone. */
const TIDY_MS = 3_600_000;
/** After it a wish without a job is of a request that did not come through. */
const ORPHAN_MS = 60_000;

export interface WebhooksOptions {
  /** Runs the jobs that are told of. */
  readonly engine: JobEngine;
  /** How far jobs have come: one question for many of them, and none is read that has not moved. */
  readonly latest: JobStore["latest"];
  /** Carries the messages, beside work that takes hours. */
  readonly messages: JobEngine;
  readonly root: string;
  readonly rules: WebhookRules;
  readonly secret: string;
  /** Told of every job. */
  readonly endpoints: readonly Webhook[];
  /** Of the messages, as CloudEvents names it. */
  readonly source: string;
  readonly log: Log;
}

export interface Submission extends CallOptions {
  readonly wishes?: SubmitWishes;
  readonly webhook?: Webhook | undefined;
}

/**
 * Tells others of jobs. A wish is a file before its job is kept, and goes when the last message is a job of its own:
 * whoever dies on the way, another process makes the same messages under the same ids.
 */
export class Webhooks {
  readonly rules: WebhookRules;
  readonly #options: WebhooksOptions;
  readonly #folder: PendingFolder;
  readonly #closing = new AbortController();
  /** Of wishes by name: the latest event of their job when they were looked at. */
  #lookedAt = new Map<string, number>();
  #loop: Promise<void> | undefined;

  constructor(options: WebhooksOptions) {
    this.rules = options.rules;
    this.#options = options;
    this.#folder = new PendingFolder(options.root);
    options.messages.defineJob(webhookJob);
    options.messages.defineStep(webhookStep(options));
  }

  async submit(definition: string, params: unknown, submission: Submission): Promise<JobRecord> {
    const { webhook, ...options } = submission;
    const wishes = { ...submission.wishes, ...(webhook && besides(webhook)) };
    const { engine, endpoints } = this.#options;
    const webhooks = [...endpoints, ...(webhook ? [webhook] : [])];
    if (webhooks.length === 0) return engine.submit(definition, params, wishes, options);
    const id = wishes.id ?? randomUUID();
    const name = await this.#folder.add({ job: id, webhooks });
    try {
      const job = await engine.submit(definition, params, { ...wishes, id }, options);
      if (job.id !== id) await this.#folder.remove(name); // another request made it, whose wish stands
      return job;
    } catch (error) {
      await this.#folder.remove(name);
      throw error;
    }
  }

  /** Begins dead steps anew; who was told of the end is told of the next one, in messages of their own. */
  async retry(id: string, options?: CallOptions): Promise<JobRecord> {
    const { engine } = this.#options;
    const job = await engine.get(id, options);
    if (job?.endedAt === undefined) return engine.retry(id, options);
    // An end that is still to be told would be over with the retry.
    for (const wish of await this.#folder.list(options)) if (wish.job === id) await this.#look(wish);
    const webhooks = await this.#folder.kept(id);
    if (webhooks.length === 0) return engine.retry(id, options);
    const name = await this.#folder.add({ job: id, webhooks, toldEnd: job.endedAt });
    try {
      return await engine.retry(id, options);
    } catch (error) {
      await this.#folder.remove(name);
      throw error;
    }
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    await this.#options.engine.remove(id, options);
    await this.#folder.forget(id);
  }

  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#options.messages.start();
    this.#loop ??= this.#work();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    await this.#options.messages.close();
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    let tidyAt = 0;
    while (!signal.aborted) {
      try {
        if (performance.now() >= tidyAt) {
          await this.#tidy();
          tidyAt = performance.now() + TIDY_MS;
        }
        await this.#lookAtAll(await this.#folder.list({ signal }));
      } catch (error) {
        // the store or the folder may be away for a while: the next round tries again
        if (!signal.aborted) this.#options.log.warn({ err: error }, "messages of jobs wait");
      }
      await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #lookAtAll(wishes: readonly PendingWebhooks[]): Promise<void> {
    const { signal } = this.#closing;
    const lookedAt = new Map<string, number>();
    for (let start = 0; start < wishes.length; start += AT_ONCE) {
      const some = wishes.slice(start, start + AT_ONCE);
      const heads = await this.#options.latest(
        some.map(({ job }) => job),
        { signal },
      );
      for (const wish of some) {
        const sequence = heads.get(wish.job)?.sequence;
        const hasMoved = sequence === undefined || sequence !== this.#lookedAt.get(wish.name);
        const isDone = !hasMoved || (await this.#look(wish));
        if (isDone && sequence !== undefined) lookedAt.set(wish.name, sequence);
      }
      await turn(); // requests come between
    }
    this.#lookedAt = lookedAt;
  }

  /** @returns whether there is nothing to do for it before something happens to its job */
  async #look(wish: PendingWebhooks): Promise<boolean> {
    const { engine, source } = this.#options;
    const job = await engine.get(wish.job);
    if (job === undefined) {
      if ((await this.#folder.age(wish.name)) > ORPHAN_MS) await this.#folder.remove(wish.name);
      return false;
    }
    if (wish.toldEnd !== undefined && job.endedAt === wish.toldEnd) {
      // It has not begun anew yet, or will not.
      if ((await this.#folder.age(wish.name)) > ORPHAN_MS) await this.#folder.remove(wish.name);
      return false;
    }
    for (const message of messagesOf(job, wish, source)) await this.#keep(message);
    if (isJobEnded(jobState(job))) await this.#folder.keep(wish);
    return true;
  }

  /** Records end by themselves one day. */
  async #tidy(): Promise<void> {
    const { engine } = this.#options;
    for (const id of await this.#folder.keptJobs())
      if ((await engine.get(id)) === undefined) await this.#folder.forget(id);
  }

  async #keep(message: { readonly id: string }): Promise<void> {
    const { messages } = this.#options;
    if ((await messages.get(message.id)) !== undefined) return;
    try {
      await messages.submit(WEBHOOK_DEFINITION, message, { id: message.id, owner: MESSENGER });
    } catch (error) {
      const isKept = isGatewayError(error) && error.code === "conflict"; // by another process
      if (!isKept) throw error;
    }
  }
}

/** Of a webhook that a request names: another one is another request, whatever the order of its events. */
function besides({ url, events }: Webhook): Pick<SubmitWishes, "besides"> {
  return { besides: { webhook: { url, events: [...new Set(events)].sort() } } };
}
