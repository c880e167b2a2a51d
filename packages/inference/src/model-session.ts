import type { Calendar, Instant } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

/** Values by variable: levels, where it has them, then the grid, in C order. */
export type Fields = ReadonlyMap<string, Float32Array>;

/** One roll-out: a start and a member. */
export interface Run {
  readonly calendar: Calendar;
  readonly initialTime: Instant;
  /** 0 is the control. */
  readonly member: number;
  /** Makes random inputs of networks others. */
  readonly seed?: number | undefined;
}

/** State variables at `history` times, one step apart. */
export interface ModelState {
  /** Step number: lead time / step. */
  readonly n: number;
  /** Of times n, n − 1, …, in this order. */
  readonly entries: readonly Fields[];
}

/** A state that a session holds. */
export type StateHandle = number;

/** What one step made. */
export interface StepResult {
  readonly state: StateHandle;
  /**
   * All that is published for n, state and diagnostic variables: still on its way where another process made it, so that the
   * next step need not wait for it.
   * @throws GatewayError model_failed where it is gone with that process
   */
  readonly fields: Promise<Fields>;
}

export interface StepRequest {
  readonly run: Run;
  /** Step number of the state that is to be made. */
  readonly n: number;
  /** The states that `statesBefore(package, n)` names, by their step numbers. */
  readonly from: ReadonlyMap<number, StateHandle>;
}

/** What a session has cost so far. */
export interface SessionCounts {
  /** States advanced by one network, each run of a batch counted. */
  readonly steps: number;
  readonly diagnostics: number;
}

/**
 * A loaded model and the states that it works on, in this process or another. One call at a time does work; others wait
 * in order. After `close`, or when its process has died, every call throws `model_failed`, and its states are gone.
 */
export interface ModelSession {
  /** On what networks run: `cpu`, `cuda`, … */
  readonly providers: readonly string[];
  /** How many runs one `step` may have: 1 where a graph's batch axis is fixed. */
  readonly maxBatch: number;
  readonly counts: SessionCounts;
  /** False once it has ended. Where it cannot be told, a session that threw `model_failed` is taken for dead. */
  readonly isAlive?: boolean;
  /**
   * Takes a state in. Diagnostic networks are run on it where `diagnose` is set, for step number 0.
   * @returns diagnostic fields, none where they were not asked for
   */
  begin(
    run: Run,
    state: ModelState,
    options?: CallOptions & { readonly diagnose?: boolean },
  ): Promise<{ readonly state: StateHandle; readonly fields: Fields }>;
  /**
   * All requests use the same network. Aborting stops it between networks at the latest.
   * @throws GatewayError model_output_invalid, model_failed or model_timeout: no state is made then
   */
  step(requests: readonly StepRequest[], options?: CallOptions): Promise<readonly StepResult[]>;
  /** The state itself, to be kept elsewhere. */
  read(state: StateHandle, options?: CallOptions): Promise<ModelState>;
  release(state: StateHandle): void;
  close(): Promise<void>;
}
