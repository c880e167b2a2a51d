import type { Calendar, ChunkVersion, MemberNoise } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { Instants } from "./instants.ts";
import type { ModelState } from "./model-session.ts";

/** Where roll-outs start. */
export interface InitialConditions {
  readonly calendar: Calendar;
  /** Initial times that have their whole history, in order; positions in it are positions along `init_time`. */
  readonly times: Instants;
  /** Changes when any first state may: the analysis's version. */
  readonly version: string;
  /**
   * Changes when the first state of an initial time may, where `version` does not cover that; reads nothing of it. Absent
   * where `version` does, or nobody can tell. undefined: nobody can tell for this one.
   */
  stateVersion?(init: number, options?: CallOptions): Promise<ChunkVersion | undefined>;
  /**
   * The state at step number 0, in the model's units, on its grid, with a member's perturbation: the package's unless told.
   * @throws GatewayError upstream where the analysis cannot be read, model_output_invalid where it has NaN that is refused
   */
  state(
    start: { readonly init: number; readonly member: number; readonly noise?: MemberNoise | undefined },
    options?: CallOptions,
  ): Promise<ModelState>;
}
