import {
  type CallOptions,
  createLimiter,
  GatewayError,
  type Limiter,
  SingleFlight,
} from "@zarr-gateway/primitives";
import type { ModelVariable } from "../model-package.ts";
import type { Fields } from "../model-session.ts";
import { bytesOf, floatsOf } from "../rollout/float-bytes.ts";
import { SessionSlot } from "../rollout/session-slot.ts";
import { sizeOf } from "../session/next-state.ts";
import type { MapSamplesOptions } from "./map-samples-options.ts";
import { mappedSample } from "./mapped-sample.ts";

export interface MapCounts {
  readonly samples: number;
  readonly tiles: number;
  readonly waiters: number;
}

/** Samples of a map, made when they are asked for. */
export interface MapSamples {
  readonly counts: MapCounts;
  /**
   * One variable of one sample; whoever asks for the same sample shares its work. The caller must not change it.
   * @throws GatewayError overloaded before any work; model_* where the model fails
   */
  field(sample: number, variable: string, options?: CallOptions): Promise<Float32Array>;
  isKept(sample: number, variable: string): boolean;
  /** undefined before the first was timed. */
  readonly msPerSample: number | undefined;
  readonly queued: number;
  close(): Promise<void>;
}

export function createMapSamples(options: MapSamplesOptions): MapSamples {
  return new SessionSamples(options);
}

class SessionSamples implements MapSamples {
  readonly #options: MapSamplesOptions;
  readonly #slots: readonly SessionSlot[];
  readonly #turns: Limiter;
  readonly #flights = new SingleFlight<number, Fields>();
  readonly #closed = new AbortController();
  #samples = 0;
  #waiters = 0;
  #msPerSample: number | undefined;

  constructor(options: MapSamplesOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.processes }, () => new SessionSlot(options.session));
    this.#turns = createLimiter(options.processes, options.maxQueued);
  }

  get counts(): MapCounts {
    const tiles = this.#slots.reduce((sum, { counts }) => sum + counts.diagnostics, 0);
    return { samples: this.#samples, tiles, waiters: this.#waiters };
  }

  get msPerSample(): number | undefined {
    return this.#msPerSample;
  }

  get queued(): number {
    return this.#turns.queued;
  }

  isKept(sample: number, variable: string): boolean {
    return this.#options.cache.peek(this.#key(sample, variable)) !== undefined;
  }

  async field(sample: number, variable: string, call: CallOptions = {}): Promise<Float32Array> {
    const kept = await this.#options.cache.recall(this.#key(sample, variable), call);
    const values = kept && floatsOf(kept, this.#sizeOf(variable));
    if (values) return values;
    this.#waiters += 1;
    try {
      const fields = await this.#flights.run(sample, (shared) => this.#turn(sample, shared), call);
      const field = fields.get(variable);
      if (field) return field;
      throw new GatewayError("internal", `no network of the map makes "${variable}"`);
    } finally {
      this.#waiters -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new GatewayError("model_failed", "the map was closed"));
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #turn(sample: number, { signal }: CallOptions): Promise<Fields> {
    this.#assertInTime();
    const ending = AbortSignal.any([this.#closed.signal, ...(signal ? [signal] : [])]);
    return this.#turns.run(() => this.#make(sample, { signal: ending }), { signal: ending });
  }

  /** Refused is what would wait too long, by what samples took so far. */
  #assertInTime(): void {
    const { processes, maxWaitMs } = this.#options;
    const ahead = this.#turns.queued + this.#turns.running;
    const waitMs = ((this.#msPerSample ?? 0) * ahead) / processes;
    if (waitMs <= maxWaitMs) return;
    const message = `${ahead} samples come first, which take about ${Math.ceil(waitMs / 1000)} s`;
    throw new GatewayError("overloaded", message, {
      retryAfterSeconds: Math.ceil((waitMs - maxWaitMs) / 1000) + 1,
    });
  }

  async #make(sample: number, call: CallOptions): Promise<Fields> {
    const slot = this.#slots.find(({ isBusy }) => !isBusy);
    if (slot === undefined) throw new Error("more samples at work than sessions");
    slot.isBusy = true;
    const start = performance.now();
    try {
      const { conditions } = this.#options;
      const state = await conditions.state({ init: sample, member: 0 }, call);
      const session = await slot.session(call);
      const fields = await mappedSample({ ...this.#options, session, sample, state }, call);
      const costMs = performance.now() - start;
      this.#msPerSample = this.#msPerSample === undefined ? costMs : (this.#msPerSample + costMs) / 2;
      this.#samples += 1;
      await this.#keep(sample, fields, costMs);
      return fields;
    } catch (error) {
      if (slot.isDead(error)) await slot.close();
      throw error;
    } finally {
      slot.isBusy = false;
    }
  }

  async #keep(sample: number, fields: Fields, costMs: number): Promise<void> {
    const { cache, isLasting } = this.#options;
    const disk = isLasting ? "keep" : undefined;
    for (const [name, values] of fields) {
      await cache.getOrCreate(this.#key(sample, name), () => Promise.resolve(bytesOf(values)), {
        disk,
        costMs,
      });
    }
  }

  #sizeOf(name: string): number {
    const { model } = this.#options;
    const variable: ModelVariable | undefined = model.variables.find((one) => one.name === name);
    return variable === undefined ? 0 : sizeOf(model, variable);
  }

  #key(sample: number, variable: string): string {
    return `${this.#options.keyPrefix}/${sample}/${variable}`;
  }
}
