import type { Attributes } from "@zarr-gateway/dataset";

/**
 * A model package as `model.yaml` describes it, after names, defaults and `like` are filled in. Plain data: it is handed to
 * other processes as it is.
 */
export interface ModelPackage {
  /** Title, description, license, references: of the dataset. */
  readonly attrs: Attributes;
  /** Hash, in hex, of `model.yaml` and of every file that it names, external data of the graphs included. */
  readonly version: string;
  readonly runtime: RuntimeChoice;
  /** Distance of lead times in milliseconds. */
  readonly stepMs: number;
  /** Analysis times in the first state, at least 1: n·step back from the initial time. */
  readonly history: number;
  /** The last dimensions of every published variable, in their order. */
  readonly grid: readonly GridAxis[];
  readonly vertical: VerticalAxis;
  /** Lists of levels by the dimension that they became: `level`, `level_1`, … */
  readonly levels: Readonly<Record<string, readonly number[]>>;
  /** State variables in the order in which networks name them first, then diagnostic ones. */
  readonly variables: readonly ModelVariable[];
  /** In the order of the file: for step n the first is used whose `when` holds. */
  readonly networks: readonly NetworkPlan[];
  readonly diagnostics: readonly NetworkPlan[];
  readonly perturbation?: Perturbation;
  /** Of packages for maps: their axes have names alone, and `labels` are empty until they are laid on a dataset. */
  readonly map?: MapGrid;
}

/** How a model is applied sample by sample: it has `diagnostics` and neither networks, history nor step. */
export interface MapGrid {
  /** Of each axis of the grid: so many cells of diagnostic variables take the place of one, at least 1. */
  readonly scale: readonly number[];
}

export type RuntimeChoice =
  | { readonly name: "onnx" }
  /** Open Inference Protocol v2. */
  | { readonly name: "oip"; readonly url: string };

export interface GridAxis {
  readonly name: string;
  readonly labels: readonly number[];
}

export interface VerticalAxis {
  readonly name: string;
  readonly units: string;
  readonly standardName: string;
  readonly positive: string;
}

export interface ModelVariable {
  readonly name: string;
  /** Of the state (given by the analysis, written by networks), or only published. */
  readonly role: "state" | "diagnostic";
  /** Name of its list in `ModelPackage.levels`; absent on the surface. */
  readonly levels?: string;
  /** What the model holds; the analysis is converted to it. */
  readonly units?: string;
  readonly standardName?: string;
  /** `units`, `standard_name`, `long_name` and whatever else the file says of it. */
  readonly attrs: Attributes;
  /** Least and greatest value that enters a network. */
  readonly clip?: readonly [number, number];
  /** What NaN is: a failure, a value like others, or replaced by this number where it enters. */
  readonly nan: "refuse" | "allow" | number;
}

export interface NetworkPlan {
  /** Where the file describes it, for messages: `networks[1]`. */
  readonly key: string;
  /** Of runtime `onnx`: absolute path of the graph. */
  readonly file?: string;
  /** Of runtime `oip`: name, and version where one is asked for. */
  readonly model?: { readonly name: string; readonly version?: string };
  /** Its own step in steps of the package, at least 1. */
  readonly stride: number;
  readonly when: StepCondition;
  readonly inputs: readonly TensorPlan[];
  readonly outputs: readonly TensorPlan[];
}

/** Holds for step numbers n from `from` to `to` (both included) that `every` divides. */
export interface StepCondition {
  readonly from: number;
  /** Infinity where there is no end. */
  readonly to: number;
  readonly every: number;
}

/** Name of an axis of a tensor: one of the grid's, or one of these. */
export const TENSOR_AXES = ["batch", "time", "channel", "variable", "level"] as const;

export interface TensorPlan {
  /** As the file has it; `$0` is the first of the graph. */
  readonly name: string;
  /** Dimensions of the tensor, each one axis or several flattened ones, the first of them slowest. */
  readonly layout: readonly (readonly string[])[];
  /** Times in the tensor, in the network's step: 0 is the state it is applied to, 1 what it makes. */
  readonly times: readonly number[];
  /** In order of the axis `channel`; where the layout has `variable` and `level`: number v·levels + l. */
  readonly channels: readonly Channel[];
  /** Length of the axis `level`, 1 where the layout has none: divides the number of channels. */
  readonly levelCount: number;
  /** One number, or one a channel. Inputs are (x − mean)/std, outputs x·std + mean. */
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Of outputs: which of `times` go into the state. */
  readonly feed: readonly number[];
  /** Of outputs: time 0 of the same variables is added. */
  readonly residual: boolean;
  /** Of outputs of maps: `MapGrid.scale`. */
  readonly scale?: readonly number[];
}

export type Channel =
  | {
      readonly kind: "field";
      readonly variable: string;
      /** Position in the variable's list of levels; absent on the surface. */
      readonly level?: number;
    }
  | TimeFeature
  /** A number, or values of the whole grid in C order. */
  | { readonly kind: "static"; readonly values: number | Float32Array }
  | { readonly kind: "random"; readonly distribution: "normal" | "uniform" };

/** `wave([2π·]quantity/divisor)`. */
export interface TimeFeature {
  readonly kind: "time";
  readonly wave: "none" | "sin" | "cos";
  readonly isAngle: boolean;
  /** Day of the year from 1, hour of the day with its fraction, hours since the initial time, step number. */
  readonly quantity: "day" | "hour" | "lead" | "step";
  readonly divisor: number;
}

/** Gaussian noise that members from 1 on have in their first state. */
export interface Perturbation {
  /** Standard deviation by variable, in the model's units. */
  readonly std: Readonly<Record<string, number>>;
  /** Length in km over which it is correlated; 0: not at all. */
  readonly correlationKm: number;
}
