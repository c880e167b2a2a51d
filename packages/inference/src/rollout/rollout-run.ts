import { formatMemberNoise } from "@zarr-gateway/dataset";
import type { Timings } from "@zarr-gateway/primitives";
import type { Fields, ModelState, Run, StateHandle } from "../model-session.ts";
import type { FieldRequest } from "../rollouts.ts";

/** Someone who waits for a field. */
export interface Waiter {
  readonly client: string;
  readonly n: number;
  readonly variable: string;
  readonly enteredMs: number;
  /** What the run had been worked on when it came. */
  readonly busyMs: number;
  readonly timings: Timings | undefined;
  readonly resolve: (values: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** What a step has made; stored when the cache has it. */
export interface RecentStep {
  readonly fields: Fields;
  isStored: boolean;
  stored: Promise<void>;
}

/** Which roll-out it is. */
export type RunPlace = Pick<FieldRequest, "init" | "member" | "state" | "noise">;

/** One roll-out: who waits for it, which of its states are where, and what is being done with it. */
export class RolloutRun {
  readonly key: string;
  readonly run: Run;
  readonly place: RunPlace;
  readonly waiters = new Map<number, Set<Waiter>>();
  /** `loading`: states are fetched. `running`: a session works on it. */
  phase: "idle" | "loading" | "running" = "idle";
  /** Position of the session that holds `live`. */
  home: number | undefined;
  readonly live = new Map<number, StateHandle>();
  /** States that were fetched and wait for a session. */
  readonly loaded = new Map<number, ModelState>();
  /** Targets for which kept states were looked for. */
  readonly probed = new Set<number>();
  /** Fields of steps that are made and on their way here: nobody has to make them again. */
  readonly arriving = new Map<number, Promise<Fields>>();
  /** The last step, and those before it that the cache does not have yet. */
  readonly recent = new Map<number, RecentStep>();
  /** Made until then (by the clock) though nobody waits: someone was told to come back for it. */
  late: { readonly n: number; readonly untilMs: number } | undefined;
  /** Steps made though nobody waits: someone walks along lead times. */
  ahead: { from: number; readonly to: number } | undefined;
  /** Last lead that was answered, for clients that walk. */
  answered: number | undefined;
  /** Steps until everyone who waits has been served, as far as known. */
  remaining = 0;
  /** Step at which it was last let go of though it is waited for. */
  putDownAt = 0;
  /** Whether its states may be let go of though it is waited for. */
  isPutDown = false;
  /** Failed among others: its next step is made by itself, to see whose fault it was. */
  isAlone = false;
  /** When it last had its turn. */
  turnMs = 0;
  /** Since when it waits for its first turn. */
  queuedMs: number | undefined;
  /** Stops what it is loading. */
  loading: AbortController | undefined;
  #busyMs = 0;
  #busySinceMs: number | undefined;

  constructor(place: RunPlace, run: Run) {
    this.place = place;
    this.key = runKey(place);
    this.run = run;
  }

  get isWaitedFor(): boolean {
    return this.waiters.size > 0;
  }

  get waiterCount(): number {
    let count = 0;
    for (const set of this.waiters.values()) count += set.size;
    return count;
  }

  /** Whether a state is in its session, or on the way there. */
  has(n: number): boolean {
    return this.live.has(n) || this.loaded.has(n);
  }

  /**
   * Whether it may be let go of after a step, if that is kept: only ever farther on, so that it gets there even where what
   * is kept of it is lost each time.
   */
  canBePutDown(n: number): boolean {
    return n > this.putDownAt;
  }

  putDown(n: number): void {
    this.putDownAt = n;
    this.isPutDown = true;
  }

  get holdsAnything(): boolean {
    return this.live.size > 0 || this.recent.size > 0 || this.arriving.size > 0;
  }

  add(waiter: Waiter): void {
    const same = this.waiters.get(waiter.n);
    if (same) same.add(waiter);
    else this.waiters.set(waiter.n, new Set([waiter]));
  }

  /** @returns false where it was no longer there */
  remove(waiter: Waiter): boolean {
    const same = this.waiters.get(waiter.n);
    if (!same?.delete(waiter)) return false;
    if (same.size === 0) this.waiters.delete(waiter.n);
    return true;
  }

  /** Takes away all who wait, or those who wait for one step. */
  take(n?: number): Waiter[] {
    const taken = n === undefined ? [...this.waiters.values()] : [this.waiters.get(n) ?? new Set<Waiter>()];
    if (n === undefined) this.waiters.clear();
    else this.waiters.delete(n);
    return taken.flatMap((same) => [...same]);
  }

  startWork(nowMs: number): void {
    this.isPutDown = false;
    this.#busySinceMs = nowMs;
  }

  endWork(nowMs: number): void {
    this.#busyMs = this.busyMs(nowMs);
    this.#busySinceMs = undefined;
  }

  /** Time that sessions have worked on it. */
  busyMs(nowMs: number): number {
    return this.#busyMs + (this.#busySinceMs === undefined ? 0 : nowMs - this.#busySinceMs);
  }
}

export function runKey({ init, member, state, noise }: RunPlace): string {
  const own = state === undefined ? `${init}/${member}` : `${init}/${member}/${state}`;
  const other = noise && member > 0 ? formatMemberNoise(noise) : undefined;
  return other === undefined ? own : `${own}/noise ${other}`;
}
