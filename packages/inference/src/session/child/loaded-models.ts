import { totalmem } from "node:os";
import { type CallOptions, GatewayError, messageOf } from "@zarr-gateway/primitives";
import type { ModelSession } from "../../model-session.ts";
import type { RuntimeLog } from "../../runtime/runtime-log.ts";
import { type ChildSession, type ChildSessionOptions, childSession } from "./child-session.ts";

export interface LoadedModelsOptions {
  /** Resident bytes of all processes together: past them, models that nobody uses are closed; half of the machine's memory. */
  readonly maxBytes?: number;
  /** A model that was not used for so long is closed; ten minutes. */
  readonly idleMs?: number;
  /** How often this is looked at; five seconds. */
  readonly intervalMs?: number;
  readonly log: RuntimeLog;
}

/** The model processes of a server. A session that was closed here is gone like one that died: whoever needs it opens another. */
export interface LoadedModels {
  /** Sessions that are open now. */
  readonly count: number;
  /**
   * @throws GatewayError what `childSession` throws; model_failed at once where the model's processes keep ending before
   * their first step
   */
  open(options: ChildSessionOptions, call?: CallOptions): Promise<ModelSession>;
  close(): Promise<void>;
}

/** Ends in a row before the next start has to wait: the first ones may be chance, or somebody's kill. */
const FREE_STARTS = 2;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
const MAX_TROUBLES = 1000;
/** Between the steps of a run, a model is not idle. */
const BUSY_MS = 2000;

export function createLoadedModels(options: LoadedModelsOptions): LoadedModels {
  return new ProcessTable(options);
}

interface Trouble {
  readonly times: number;
  readonly reason: string;
  /** Of `performance.now()`. */
  readonly notBefore: number;
}

class ProcessTable implements LoadedModels {
  readonly #options: Required<LoadedModelsOptions>;
  readonly #sessions = new Set<ChildSession>();
  /** By version of the model. */
  readonly #troubles = new Map<string, Trouble>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: LoadedModelsOptions) {
    this.#options = { maxBytes: totalmem() / 2, idleMs: 600_000, intervalMs: 5000, ...options };
  }

  get count(): number {
    return this.#sessions.size;
  }

  async open(options: ChildSessionOptions, call: CallOptions = {}): Promise<ModelSession> {
    const { version } = options.model;
    this.#refuse(version);
    const session = await this.#started(options, call);
    if (this.#isClosed) {
      await session.close();
      this.#refuse(version);
    }
    this.#sessions.add(session);
    void session.ended.then((reason) => this.#ended(session, version, reason));
    this.#timer ??= setInterval(() => void this.#look(), this.#options.intervalMs).unref();
    return session;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  async #started(options: ChildSessionOptions, call: CallOptions): Promise<ChildSession> {
    try {
      return await childSession(options, call);
    } catch (error) {
      if (call.signal?.aborted !== true) this.#note(options.model.version, messageOf(error));
      throw error;
    }
  }

  #refuse(version: string): void {
    if (this.#isClosed) throw new GatewayError("overloaded", "the server is stopping");
    const trouble = this.#troubles.get(version);
    const seconds = Math.ceil(((trouble?.notBefore ?? 0) - performance.now()) / 1000);
    if (trouble === undefined || seconds <= 0) return;
    throw new GatewayError(
      "model_failed",
      `the model failed ${trouble.times} times in a row, it is started again in ${seconds} s: ${trouble.reason}`,
      { retryAfterSeconds: seconds },
    );
  }

  #ended(session: ChildSession, version: string, reason: GatewayError): void {
    const { steps, diagnostics } = session.counts;
    const wasOpen = this.#sessions.delete(session);
    if (steps + diagnostics > 0) this.#troubles.delete(version);
    else if (wasOpen && !session.isClosed) this.#note(version, reason.message);
    if (!session.isClosed)
      this.#options.log.warn({ pid: session.pid, reason: reason.message }, "a model's process has ended");
  }

  #note(version: string, reason: string): void {
    const times = (this.#troubles.get(version)?.times ?? 0) + 1;
    const doublings = times - FREE_STARTS - 1;
    const delayMs = doublings < 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** doublings, MAX_DELAY_MS);
    const [oldest] = this.#troubles.keys();
    if (oldest !== undefined && this.#troubles.size >= MAX_TROUBLES) this.#troubles.delete(oldest);
    this.#troubles.set(version, { times, reason, notBefore: performance.now() + delayMs });
  }

  /** Closes what was not used for long, then what was used longest ago until the rest fits. */
  async #look(): Promise<void> {
    const { idleMs, maxBytes } = this.#options;
    const sessions = [...this.#sessions].sort((a, b) => b.idleMs - a.idleMs);
    const bytes = await Promise.all(sessions.map((session) => session.residentBytes()));
    let total = bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    for (const [position, session] of sessions.entries()) {
      const own = bytes[position] ?? 0;
      const isIdle = session.idleMs > idleMs;
      if (!isIdle && (total <= maxBytes || session.idleMs < BUSY_MS)) continue;
      total -= own;
      const fields = { pid: session.pid, bytes: own, idleMs: Math.round(session.idleMs) };
      this.#options.log.info(fields, isIdle ? "an idle model is closed" : "a model is closed to make room");
      await session.close();
    }
  }
}
