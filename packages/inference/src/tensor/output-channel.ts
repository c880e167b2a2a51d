import type { ModelVariable } from "../model-package.ts";

/** A channel and the variable that it is a level of. */
export interface OutputChannel {
  readonly number: number;
  readonly variable: ModelVariable;
  readonly level: number;
  readonly mean: number;
  readonly std: number;
}
