import type { MemberNoise } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";

/** One value field of a forecast: levels, where the variable has them, and the grid. */
export interface FieldRequest {
  /** Position along `init_time`. */
  readonly init: number;
  readonly member: number;
  /** Step number, position along `lead_time`. */
  readonly n: number;
  readonly variable: string;
  /**
   * What `InitialConditions.stateVersion` told, where it tells something: fields of another first state are other fields.
   * Estimates without it are of the last one that was asked for.
   */
  readonly state?: string | undefined;
  /** Of members from 1 on, where it is not the package's: their runs are other runs. */
  readonly noise?: MemberNoise | undefined;
}

/** What a field would cost now. */
export interface FieldEstimate {
  /** Steps that this field needs from the first state on, and how many of them are at hand. */
  readonly steps: number;
  readonly stepsKept: number;
  /** Steps of other runs that come first. */
  readonly stepsAhead: number;
  /** undefined before the first step was timed. */
  readonly waitMs: number | undefined;
  readonly isKept: boolean;
}

/** For metrics. */
export interface RolloutCounts {
  readonly steps: number;
  readonly diagnostics: number;
  readonly waiters: number;
  readonly queuedRuns: number;
  readonly keptBytes: number;
}

/** Told what happens, for histograms; has to be quick. */
export interface RolloutObserver {
  /** One call of the model is through, whatever it carried; seconds from its start. */
  stepped?(seconds: number): void;
  /** A run that had to wait for its turn has got it. */
  queued?(seconds: number): void;
}

/**
 * Fields of forecasts, made when they are asked for. Everyone who waits for a run shares one roll-out; what it passes on its
 * way is kept.
 */
export interface Rollouts {
  readonly counts: RolloutCounts;
  /**
   * Waits until the field is there; the caller must not change it.
   * @throws GatewayError overloaded, before any work, where it cannot be there in time; model_* where the model fails
   */
  field(request: FieldRequest, options?: CallOptions): Promise<Float32Array>;
  /** Runs nothing. */
  estimate(request: FieldRequest): FieldEstimate;
  close(): Promise<void>;
}
