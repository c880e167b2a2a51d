import { GatewayError } from "@zarr-gateway/primitives";
import type { Fields, ModelState, StateHandle } from "../model-session.ts";
import { freeMemory } from "../tensor/free-memory.ts";

/**
 * States by their handles. Where what they are made of is the session's alone, its memory is given back with the last state
 * that has a part of it: V8 would let it pile up, and mark the whole heap each time it collects some.
 */
export class HeldStates {
  readonly #isLending: boolean;
  readonly #states = new Map<StateHandle, ModelState>();
  /** Of buffers that may be given back: the states that have a part of it. */
  readonly #uses = new Map<ArrayBufferLike, number>();
  /** Buffers that are V8's to free. */
  readonly #abandoned = new WeakSet<ArrayBufferLike>();
  /** Handed out and in no state. */
  #lent: readonly Float32Array[] = [];
  /** In no state any more; somebody may be reading them. */
  #unused: Float32Array[] = [];
  #next = 1;

  /** @param isLending whether arrays of states are nobody else's once their state is released */
  constructor(isLending: boolean) {
    this.#isLending = isLending;
  }

  keep(state: ModelState): StateHandle {
    const handle = this.#next++;
    this.#states.set(handle, state);
    if (this.#isLending)
      for (const buffer of arraysOf(state).keys())
        if (!this.#abandoned.has(buffer)) this.#uses.set(buffer, (this.#uses.get(buffer) ?? 0) + 1);
    return handle;
  }

  get(handle: StateHandle): ModelState {
    const state = this.#states.get(handle);
    if (state === undefined) throw new GatewayError("internal", `the session holds no state ${handle}`);
    return state;
  }

  /** The memory of its arrays lasts until the next `sweep`. */
  release(handle: StateHandle): void {
    const state = this.#states.get(handle);
    this.#states.delete(handle);
    if (state === undefined || !this.#isLending) return;
    for (const array of arraysOf(state).values()) {
      const uses = this.#uses.get(array.buffer);
      if (uses === undefined) continue;
      if (uses > 1) this.#uses.set(array.buffer, uses - 1);
      else this.#uses.delete(array.buffer);
      if (uses === 1) this.#unused.push(array);
    }
  }

  /** What is handed out lasts until the next `sweep`, and as long as its state. */
  lend(all: readonly Fields[]): void {
    if (!this.#isLending) return;
    const arrays = all.flatMap((fields) => [...fields.values()]);
    this.#lent = arrays.filter(({ buffer }) => !this.#uses.has(buffer) && !this.#abandoned.has(buffer));
  }

  /** Gives back what nobody has any more: to be called while nobody works on states and what was handed out was read. */
  sweep(): void {
    for (const array of [...this.#unused, ...this.#lent]) freeMemory(array);
    this.#unused = [];
    this.#lent = [];
  }

  /** After work that may still be reading, though it was left: what there is now is V8's to free. */
  abandon(): void {
    for (const buffer of this.#uses.keys()) this.#abandoned.add(buffer);
    this.#uses.clear();
    this.#unused = [];
    this.#lent = [];
  }

  clear(): void {
    this.#states.clear();
    this.abandon();
  }
}

/** One array for each buffer. */
function arraysOf({ entries }: ModelState): Map<ArrayBufferLike, Float32Array> {
  return new Map(
    entries.flatMap((fields) => Array.from(fields.values(), (array) => [array.buffer, array] as const)),
  );
}
