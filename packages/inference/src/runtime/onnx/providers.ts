import { GatewayError } from "@zarr-gateway/primitives";
import type { RuntimeLog } from "../runtime-log.ts";
import { libraryWords } from "./library-words.ts";
import type { OnnxLibrary } from "./onnx-library.ts";

export interface RefusedProvider {
  readonly provider: string;
  readonly reason: string;
}

/** A graph of one MatMul of x with itself, [256, 256]: nothing that a provider could leave to the processor. */
const PROBE = Buffer.from(
  "CAgSDHphcnItZ2F0ZXdheTpIChEKAXgKAXgSAXkiBk1hdE11bBIFZ3JhcGhaFQoBeBIQCg4IARIKCgMIgAIKAwiAAmIVCgF5EhAKDggBEgoKAwiAAgoDCIACQgQKABAR",
  "base64",
);
const PROBE_SIZE = 256;
/** For 33 million operations a device needs less than one, a processor a few, one that plays a device a hundred. */
const QUICK_MS = 10;
const MAX_TIMES_PROCESSOR = 5;
const RUNS = 3;

/**
 * The providers that work here, in the order asked for. What the library says it supports only says what it was built with,
 * so that each is tried on a small graph when it is its turn.
 */
export class Providers {
  readonly #library: OnnxLibrary;
  readonly #wanted: readonly string[];
  readonly #log: RuntimeLog;
  readonly #verdicts = new Map<string, Promise<string | undefined>>();

  constructor(library: OnnxLibrary, wanted: readonly string[], log: RuntimeLog) {
    this.#library = library;
    this.#wanted = wanted;
    this.#log = log;
  }

  /** @throws GatewayError model_failed at the end, where none of them worked */
  async *working(): AsyncIterable<string> {
    const refused: RefusedProvider[] = [];
    for (const provider of this.#wanted) {
      const reason = await this.#verdict(provider);
      if (reason === undefined) yield provider;
      else refused.push({ provider, reason });
    }
    if (refused.length === this.#wanted.length) {
      const reasons = refused.map(({ provider, reason }) => `${provider}: ${reason}`);
      throw new GatewayError("model_failed", `no execution provider works here: ${reasons.join("; ")}`);
    }
  }

  #verdict(provider: string): Promise<string | undefined> {
    const known = this.#verdicts.get(provider);
    if (known !== undefined) return known;
    const verdict = this.#try(provider);
    this.#verdicts.set(provider, verdict);
    return verdict;
  }

  /** Why it is refused; undefined where it works. */
  async #try(provider: string): Promise<string | undefined> {
    if (provider === "cpu") return undefined;
    const reason = await this.#failure(provider);
    const fields = { provider, tried: this.#wanted };
    if (reason === undefined) this.#log.info(fields, `the execution provider ${provider} works`);
    else this.#log.info({ ...fields, reason }, `the execution provider ${provider} is not used`);
    return reason;
  }

  async #failure(provider: string): Promise<string | undefined> {
    try {
      const ms = await this.#probeMs(provider, { session: { disable_cpu_ep_fallback: "1" } });
      if (ms < QUICK_MS || this.#wanted.at(-1) === provider) return undefined;
      const processorMs = await this.#probeMs("cpu", {});
      return ms > MAX_TIMES_PROCESSOR * processorMs
        ? `a software adapter: ${Math.round(ms)} ms for what takes the processor ${processorMs.toFixed(1)}`
        : undefined;
    } catch (error) {
      return libraryWords(error);
    }
  }

  /** The least time of a few runs after the first one, which compiles. */
  async #probeMs(provider: string, extra: Readonly<Record<string, unknown>>): Promise<number> {
    const session = await this.#library.InferenceSession.create(PROBE, {
      executionProviders: [provider],
      logSeverityLevel: 4,
      extra,
    });
    try {
      const x = new this.#library.Tensor("float32", new Float32Array(PROBE_SIZE ** 2).fill(1), [
        PROBE_SIZE,
        PROBE_SIZE,
      ]);
      const { y } = await session.run({ x });
      if (y?.data[0] !== PROBE_SIZE) throw new Error(`a product came out as ${y?.data[0]}`);
      let least = Number.POSITIVE_INFINITY;
      for (let run = 0; run < RUNS; run += 1) {
        const start = performance.now();
        await session.run({ x });
        least = Math.min(least, performance.now() - start);
      }
      return least;
    } finally {
      await session.release();
    }
  }
}
