import type { Dataset, MemberNoise, ModelInterface } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { z } from "zod";
import type { WantedPicture } from "../pictures.ts";
import type { ResultWriter } from "./result-writer.ts";

/**
 * Long work that users ask for by name. It runs as a durable job, in a process of its own beside the server: `setup` once
 * for each such process, `run` once for each execution (again after a crash). Types follow from the two schemas.
 */
export interface Workflow<
  Parameters extends z.ZodObject = z.ZodObject,
  Config extends z.ZodObject = z.ZodObject,
  Resources = unknown,
> {
  /** Letters, digits, `_` and `-`; `workflows` is taken. */
  readonly name: string;
  readonly description: string;
  /** What the configuration says under `workflows.<name>`. */
  readonly config?: Config;
  /**
   * What a request says under `parameters`. Published as JSON Schema; unknown keys are refused, `"10"` counts as 10, a
   * duration is ISO 8601 or seconds. Use `isoTime()` and `duration()` of this package for times.
   */
  readonly parameters: Parameters;
  /**
   * Looks at parameters that fit the schema before a job is made of them, where the server runs.
   * @throws Error whose message names the parameter
   */
  check?(request: CheckRequest<z.output<Parameters>, ConfigOf<Config>>): void | Promise<void>;
  /** Once for each process that runs it. What it throws is the workflow's state of health. */
  setup?(context: SetupContext<ConfigOf<Config>>): Promise<Resources>;
  /** What it returns is merged into the `metadata` of the execution. */
  run(context: WorkflowContext<z.output<Parameters>, ConfigOf<Config>, Resources>): Promise<unknown>;
  dispose?(resources: Resources): Promise<void>;
  /** Milliseconds for one attempt; the configuration's limit unless told. */
  readonly timeoutMs?: number;
  /** Attempts in all, the first included; 1 unless told. A worker that dies counts as an attempt, but never the first. */
  readonly maxAttempts?: number;
}

type ConfigOf<Config extends z.ZodObject> = z.output<Config>;

/** Datasets of the server, views and forecasts included, by the ids that clients know. */
export interface WorkflowDatasets {
  /** @throws GatewayError not_found; invalid_request for noise that is not to be had, `details.noise` names the option */
  open(id: string, options?: OpenOptions): Promise<Dataset>;
  /** The PNG file of `/datasets/{id}/plot/{variable}.png?{query}`. @throws GatewayError unsupported where nothing draws */
  picture(id: string, picture: WantedPicture, options?: CallOptions): Promise<Uint8Array>;
  /** The model that makes a forecast, or what a view is of; undefined where none does. @throws GatewayError not_found */
  model(id: string, options?: CallOptions): Promise<ModelInterface | undefined>;
}

export interface OpenOptions extends CallOptions {
  /** Of forecasts of the configuration: members that differ from the control otherwise than it says. */
  readonly noise?: MemberNoise | undefined;
}

export interface CheckRequest<Parameters, Config> extends CallOptions {
  readonly parameters: Parameters;
  readonly config: Config;
  readonly datasets: WorkflowDatasets;
}

export interface SetupContext<Config> {
  readonly config: Config;
  readonly datasets: WorkflowDatasets;
  readonly signal: AbortSignal;
  log(text: string): void;
}

export interface WorkflowContext<Parameters, Config, Resources> {
  /** Of the execution. */
  readonly id: string;
  /** 1 for the first; the folder is empty at the beginning of each. */
  readonly attempt: number;
  readonly parameters: Parameters;
  readonly config: Config;
  /** What `setup` gave. */
  readonly resources: Resources;
  /** Follows from the execution's id: the same in every attempt. Less than 2^32. */
  readonly seed: number;
  readonly datasets: WorkflowDatasets;
  /** Writes `results.zarr` or `results.nc`, as the configuration or the parameter `output_format` says; reports progress along `lead_time`. */
  readonly io: ResultWriter;
  /** For files besides; everything below it becomes a result. */
  readonly folder: string;
  readonly signal: AbortSignal;
  progress(news: WorkflowProgress): void;
  /** Merged into the `metadata` of the execution at once, for who watches it. */
  metadata(update: Readonly<Record<string, unknown>>): void;
  log(text: string): void;
}

/** Fields that are absent stay as they were; further ones are passed on to clients. */
export interface WorkflowProgress {
  /** A sentence. */
  readonly progress?: string;
  readonly current_step?: number;
  readonly total_steps?: number;
  readonly [field: string]: unknown;
}

/** A workflow is one value, the default export of its file; outside the server it is a plain object whose `run` can be called. */
export function defineWorkflow<
  Parameters extends z.ZodObject,
  Config extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Resources = undefined,
>(workflow: Workflow<Parameters, Config, Resources>): Workflow<Parameters, Config, Resources> {
  return workflow;
}
