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
/** For 33 million operations: a device needs less than one, a processor a few, one that plays a device hundreds. */
const MAX_PROBE_MS = 100;

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
      const ms = await this.#probeMs(provider);
      const isLast = this.#wanted.at(-1) === provider;
      return ms > MAX_PROBE_MS && !isLast
        ? `a software adapter: ${Math.round(ms)} ms for what takes a processor a few`
        : undefined;
    } catch (error) {
      return libraryWords(error);
    }
  }

  /** Time of the second run: the first one compiles. */
  async #probeMs(provider: string): Promise<number> {
    const session = await this.#library.InferenceSession.create(PROBE, {
      executionProviders: [provider],
      logSeverityLevel: 4,
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    });
    try {
      const x = new this.#library.Tensor("float32", new Float32Array(PROBE_SIZE ** 2).fill(1), [
        PROBE_SIZE,
        PROBE_SIZE,
      ]);
      const { y } = await session.run({ x });
      if (y?.data[0] !== PROBE_SIZE) throw new Error(`a product came out as ${y?.data[0]}`);
      const start = performance.now();
      await session.run({ x });
      return performance.now() - start;
    } finally {
      await session.release();
    }
  }
}
