import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { ModelSession, SessionCounts, StateHandle } from "../model-session.ts";

const NONE: SessionCounts = { steps: 0, diagnostics: 0 };

/** A place for one session: opened with the first work, opened again after its death. */
export class SessionSlot {
  readonly #open: (options?: CallOptions) => Promise<ModelSession>;
  #session: ModelSession | undefined;
  /** Of sessions that are gone. */
  #past: SessionCounts = NONE;
  isBusy = false;
  /** Settles when what its last turn made has been handed on; never fails. */
  handedOver: Promise<unknown> = Promise.resolve();

  constructor(open: (options?: CallOptions) => Promise<ModelSession>) {
    this.#open = open;
  }

  get counts(): SessionCounts {
    const now = this.#session?.counts ?? NONE;
    return {
      steps: this.#past.steps + now.steps,
      diagnostics: this.#past.diagnostics + now.diagnostics,
    };
  }

  /** Whether its session has ended by itself, as far as that says so. */
  get isGone(): boolean {
    return this.#session?.isAlive === false;
  }

  /** Runs in one call; what it is before the model is loaded is not known, and taken for 1. */
  get maxBatch(): number {
    return this.#session?.maxBatch ?? 1;
  }

  /** @throws GatewayError model_failed where it does not open */
  async session(options: CallOptions): Promise<ModelSession> {
    try {
      this.#session ??= await this.#open(options);
    } catch (error) {
      if (isGatewayError(error)) throw error;
      throw new GatewayError("model_failed", "the model could not be loaded", {}, error);
    }
    return this.#session;
  }

  release(state: StateHandle): void {
    this.#session?.release(state);
  }

  /** Whether an error means that the session is gone, with all its states. */
  isDead(error: unknown): boolean {
    if (this.#session === undefined) return true;
    if (this.#session.isAlive !== undefined) return !this.#session.isAlive;
    return !isGatewayError(error) || error.code !== "model_output_invalid";
  }

  /** @returns what went wrong with closing it */
  async close(): Promise<string | undefined> {
    const session = this.#session;
    this.#past = this.counts;
    this.#session = undefined;
    try {
      await session?.close();
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}
