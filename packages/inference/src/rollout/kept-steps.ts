import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { ModelPackage, ModelVariable } from "../model-package.ts";
import type { Fields, ModelState } from "../model-session.ts";
import { type EntryOrigin, entryOrigin, stateVariables } from "./entry-origin.ts";
import { bytesOf, floatsOf } from "./float-bytes.ts";
import type { StepTable } from "./step-table.ts";

export interface KeptStepsOptions {
  readonly model: ModelPackage;
  readonly table: StepTable;
  readonly cache: ByteCache;
  readonly keyPrefix: string;
  readonly isLasting: boolean;
}

/** One variable of one entry of a state: the name under which it is kept, and how many values it has. */
interface Part {
  readonly name: string;
  readonly count: number;
}

/**
 * What steps of runs have made, in the cache: published fields by variable, and of states that part which is not published.
 * A state is put together from both, so that nothing is stored twice. Anything may have been let go of at any time.
 */
export class KeptSteps {
  readonly #options: KeptStepsOptions;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #states: readonly string[];
  /** By step number: the parts of its state, entry by entry. */
  readonly #parts = new Map<number, readonly (readonly Part[])[]>();

  constructor(options: KeptStepsOptions) {
    this.#options = options;
    const { model } = options;
    this.#counts = new Map(model.variables.map((variable) => [variable.name, valueCount(model, variable)]));
    this.#states = stateVariables(model);
  }

  /** Bytes of one state. */
  get stateBytes(): number {
    const values = this.#states.reduce((sum, name) => sum + (this.#counts.get(name) ?? 0), 0);
    return values * Float32Array.BYTES_PER_ELEMENT * this.#options.model.history;
  }

  /** Bytes of all that is published for one step. */
  get stepBytes(): number {
    return Float32Array.BYTES_PER_ELEMENT * [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Values of a field, undefined for a variable that there is not. */
  valueCount(variable: string): number | undefined {
    return this.#counts.get(variable);
  }

  peek(run: string, n: number, variable: string): Float32Array | undefined {
    return this.#floats(this.#options.cache.peek(this.#key(run, fieldName(n, variable))), variable);
  }

  /** Whether all that is published for a step is in memory. */
  isPublished(run: string, n: number): boolean {
    for (const variable of this.#counts.keys())
      if (this.#options.cache.peek(this.#key(run, fieldName(n, variable))) === undefined) return false;
    return true;
  }

  async recall(
    run: string,
    { n, variable }: { readonly n: number; readonly variable: string },
    options: CallOptions,
  ): Promise<Float32Array | undefined> {
    const bytes = await this.#options.cache.recall(this.#key(run, fieldName(n, variable)), options);
    return this.#floats(bytes, variable);
  }

  /** @param costMs time to make this step again, from where it would be made */
  async keep(
    run: string,
    { n, fields }: { readonly n: number; readonly fields: Fields },
    costMs: number,
  ): Promise<void> {
    const kept = [...fields].map(([variable, values]) =>
      this.#put(this.#key(run, fieldName(n, variable)), values, costMs),
    );
    await Promise.all(kept);
  }

  /** Whether a state has values that are published nowhere, so that it has to be read to be kept. */
  hasOwnParts(n: number): boolean {
    return this.#partsOf(n).some((entry) => entry.some(({ name }) => name.startsWith("state/")));
  }

  /** Keeps what of a state is published nowhere, also what it has from states before it. */
  async keepState(run: string, state: ModelState, costMs: number): Promise<void> {
    const kept = this.#partsOf(state.n).flatMap((parts, entry) =>
      parts.map(async ({ name }, position) => {
        const values = state.entries[entry]?.get(this.#states[position] ?? "");
        if (values && name.startsWith("state/")) await this.#put(this.#key(run, name), values, costMs);
      }),
    );
    await Promise.all(kept);
  }

  /** Whether a state is in memory; looks at no disk. */
  isAtHand(run: string, n: number): boolean {
    return this.#partsOf(n).every((entry) =>
      entry.every(({ name }) => this.#options.cache.peek(this.#key(run, name)) !== undefined),
    );
  }

  /** A state, undefined where a part of it is not kept. */
  async restore(run: string, n: number, options: CallOptions): Promise<ModelState | undefined> {
    const entries: Map<string, Float32Array>[] = [];
    for (const parts of this.#partsOf(n)) {
      const entry = new Map<string, Float32Array>();
      for (const [position, { name, count }] of parts.entries()) {
        const bytes = await this.#options.cache.recall(this.#key(run, name), options);
        const values = bytes && floatsOf(bytes, count);
        if (values === undefined) return undefined;
        entry.set(this.#states[position] ?? "", values);
      }
      entries.push(entry);
    }
    return { n, entries };
  }

  #partsOf(n: number): readonly (readonly Part[])[] {
    const known = this.#parts.get(n);
    if (known) return known;
    const { table, model } = this.#options;
    const parts = Array.from({ length: model.history }, (_, entry) =>
      this.#states.map((variable) => ({
        name: partName(entryOrigin(table, { n, entry, variable }), variable),
        count: this.#counts.get(variable) ?? 0,
      })),
    );
    this.#parts.set(n, parts);
    return parts;
  }

  async #put(key: string, values: Float32Array, costMs: number): Promise<void> {
    const disk = this.#options.isLasting ? "keep" : undefined;
    await this.#options.cache.getOrCreate(key, () => Promise.resolve(bytesOf(values)), { disk, costMs });
  }

  #floats(bytes: Uint8Array | undefined, variable: string): Float32Array | undefined {
    return bytes && floatsOf(bytes, this.#counts.get(variable) ?? 0);
  }

  #key(run: string, name: string): string {
    return `${this.#options.keyPrefix}/${run}/${name}`;
  }
}

function fieldName(n: number, variable: string): string {
  return `field/${n}/${variable}`;
}

function partName(origin: EntryOrigin, variable: string): string {
  return origin.kind === "published"
    ? fieldName(origin.n, variable)
    : `state/${origin.n}/${origin.entry}/${variable}`;
}

function valueCount({ grid, levels }: ModelPackage, variable: ModelVariable): number {
  const levelCount = variable.levels === undefined ? 1 : (levels[variable.levels]?.length ?? 1);
  return grid.reduce((count, { labels }) => count * labels.length, levelCount);
}
