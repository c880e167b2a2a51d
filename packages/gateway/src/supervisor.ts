import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@zarr-gateway/plugin";

/** What a serving process tells the one that started it, and what it is told. */
export type WorkerMessage =
  | { readonly type: "listening"; readonly url: string }
  | { readonly type: "failed"; readonly message: string };
export const STOP_MESSAGE = "stop";

export interface SupervisorOptions {
  readonly processes: number;
  readonly log: Log;
  /** Time to drain; a process that takes longer is killed. */
  readonly maxStopMs: number;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const STABLE_MS = 60_000; // a process that lived this long starts again without delay

interface Ended {
  readonly reason: string;
  /** When the process was started. */
  readonly since: number;
}

/** Serving processes on one port: a process that dies is replaced, later and later if it keeps dying. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #workers = new Set<Worker>();
  #delayMs = 0;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Starts all processes and answers with their common URL. @throws Error with the message of the first that cannot listen */
  async start(): Promise<string> {
    const started = Array.from({ length: this.#options.processes }, (_, place) => this.#fork(place));
    try {
      const urls = await Promise.all(started);
      return urls[0] ?? "";
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets every process finish its requests; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const ended = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => void worker.once("exit", () => resolve())),
    );
    // a process that is just ending cannot be told any more; its exit is awaited all the same
    for (const worker of this.#workers) if (worker.isConnected()) worker.send(STOP_MESSAGE, () => undefined);
    const timer = setTimeout(() => this.kill(), this.#options.maxStopMs);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  kill(): void {
    for (const worker of this.#workers) worker.process.kill("SIGKILL");
  }

  /** Places are 0, 1, …: who replaces a process takes its place. */
  #fork(place: number): Promise<string> {
    const worker = cluster.fork({ ZARR_GATEWAY_PROCESS: String(place) });
    const since = performance.now();
    this.#workers.add(worker);
    return new Promise((resolve, reject) => {
      let isListening = false;
      worker.on("message", (message: WorkerMessage) => {
        if (message.type === "failed") return reject(new Error(message.message));
        isListening = true;
        resolve(message.url);
      });
      worker.on("error", (error) =>
        this.#options.log.warn({ err: error }, "a serving process cannot be reached"),
      );
      worker.once("exit", (code, signal) => {
        this.#workers.delete(worker);
        reject(new Error(`a serving process ended while starting (${signal ?? `exit code ${code}`})`));
        if (isListening && !this.#isStopping) {
          const reason = signal ?? `exit code ${code}`;
          void this.#replace(place, { reason, since });
        }
      });
    });
  }

  async #replace(place: number, { reason, since }: Ended): Promise<void> {
    if (performance.now() - since > STABLE_MS) this.#delayMs = 0;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(MAX_DELAY_MS, Math.max(FIRST_DELAY_MS, 2 * delayMs));
    this.#options.log.error({ reason, delayMs }, "a serving process ended and is replaced");
    if (delayMs > 0) await sleep(delayMs);
    if (this.#isStopping) return;
    const start = performance.now();
    try {
      await this.#fork(place);
    } catch (error) {
      this.#options.log.error({ err: error }, "a serving process could not be replaced");
      if (!this.#isStopping) await this.#replace(place, { reason: "failed start", since: start });
    }
  }
}

/** In a serving process: tells the supervisor, if it is still there. */
export function tellSupervisor(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

/** In a serving process: resolves when the supervisor says so, or is gone. */
export function untilSupervisorStops(): Promise<void> {
  // the terminal and systemd send signals to the whole group; the supervisor alone decides
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === STOP_MESSAGE) resolve();
    });
    process.once("disconnect", () => resolve());
    cluster.worker?.on("error", () => resolve()); // writing to a supervisor that has just ended
  });
}
