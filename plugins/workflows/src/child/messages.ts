import type { Json } from "@zarr-gateway/jobs";
import type { ParameterProblem } from "../parameters/parameter-problem.ts";
import type { JsonSchema } from "../parameters/parameter-schema.ts";
import type { ZarrLayout } from "../result/result-encoding.ts";
import type { OutputFormat } from "../result/result-writer.ts";

/*
 * What server and workflow processes say to each other: JSON, one message a line. A program in any language can be one side of it.
 */

/** Where a workflow stands: among those that are shipped, or in a file. */
export type WorkflowPlace =
  | { readonly shipped: string }
  /** `name` picks one of several in a file. */
  | { readonly file: string; readonly name?: string };

/** Where a child reads datasets of the server, as long as it lives. */
export interface DatasetAddress {
  readonly url: string;
  readonly token: string;
}

export interface RunRequest {
  readonly id: string;
  readonly attempt: number;
  /** As they were coerced by the schema. */
  readonly parameters: { readonly [name: string]: Json };
  readonly seed: number;
  readonly folder: string;
  readonly format: OutputFormat;
  readonly layout: ZarrLayout;
  /** A line for stdout and stderr when the run is over, so that the server knows that it has read all before. */
  readonly mark: string;
}

export type ToWorkflow =
  /** `configs`: what the configuration says, by the names of workflows. */
  | {
      readonly type: "describe";
      readonly place: WorkflowPlace;
      readonly configs: { readonly [name: string]: Json };
    }
  | {
      readonly type: "check";
      readonly id: number;
      readonly place: WorkflowPlace;
      readonly config: Json;
      readonly parameters: Json;
    }
  | { readonly type: "load"; readonly place: WorkflowPlace; readonly config: Json }
  | { readonly type: "run"; readonly run: RunRequest }
  /** Stop the run, or the check of this number. */
  | { readonly type: "abort"; readonly id?: number };

/** What a file says of a workflow in it. */
export interface WorkflowFacts {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
  /** Why what the configuration says of it does not fit. */
  readonly configProblem?: string;
}

export interface WorkflowFailure {
  /** A code of this project, where one was thrown. */
  readonly code?: string;
  readonly message: string;
  readonly problems?: readonly ParameterProblem[];
  /** Of a run: there was no room for its results. */
  readonly isDiskFull?: true;
}

export type FromWorkflow =
  | { readonly type: "hello"; readonly pid: number }
  | { readonly type: "beat" }
  | { readonly type: "described"; readonly workflows: readonly WorkflowFacts[] }
  | { readonly type: "checked"; readonly id: number; readonly failure?: WorkflowFailure }
  | { readonly type: "loaded" }
  /** Of `describe` and `load`. */
  | { readonly type: "refused"; readonly message: string }
  | { readonly type: "progress"; readonly news: { readonly [field: string]: Json } }
  | { readonly type: "metadata"; readonly update: { readonly [key: string]: Json } }
  | { readonly type: "log"; readonly text: string }
  /** The last words of a process: something was thrown that nothing awaits. */
  | { readonly type: "crashed"; readonly message: string }
  | { readonly type: "done"; readonly metadata: { readonly [key: string]: Json } }
  | { readonly type: "failed"; readonly failure: WorkflowFailure };
