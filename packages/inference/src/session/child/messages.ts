import type { ModelPackage } from "../../model-package.ts";
import type { Run, SessionCounts, StateHandle, StepRequest } from "../../model-session.ts";
import type { RuntimeOptions } from "../../runtime/runtime-for.ts";
import type { CallFailure } from "./call-failure.ts";
import type { PackedFields } from "./field-files.ts";

/** What a process needs to load a model. */
export interface OpenRequest {
  readonly model: ModelPackage;
  /** Values of static channels, which the package holds places of. */
  readonly statics: PackedFields;
  readonly folders: readonly string[];
  readonly providers: readonly string[];
  readonly threads: number | undefined;
  readonly oip: RuntimeOptions["oip"] | undefined;
  readonly batchLimit: number | undefined;
  readonly isWarmedUp: boolean | undefined;
  /** Of one run of one network, where the process itself can stop it: it waits for a server then. */
  readonly runTimeoutMs: number | undefined;
}

/** One call is on its way at a time; its answer carries what the session has cost so far. */
export type CallRequest =
  | {
      readonly call: "begin";
      readonly run: Run;
      readonly n: number;
      readonly entries: PackedFields;
      readonly isDiagnosed: boolean;
    }
  | { readonly call: "step"; readonly requests: readonly StepRequest[] }
  | { readonly call: "read"; readonly state: StateHandle };

/** Of `begin` one state, of `step` one a request, of `read` none; `fields` are those of each state, or its entries. */
export interface CallResult {
  readonly states: readonly StateHandle[];
  readonly fields: PackedFields;
  /** Of `read`. */
  readonly n: number;
}

export type ToChild =
  | { readonly type: "open"; readonly request: OpenRequest }
  | { readonly type: "call"; readonly id: number; readonly request: CallRequest }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "release"; readonly state: StateHandle }
  /** The fields of a result have been read: their file may be written again. */
  | { readonly type: "free"; readonly fields: PackedFields };

export type FromChild =
  | { readonly type: "opened"; readonly providers: readonly string[]; readonly maxBatch: number }
  | { readonly type: "refused"; readonly failure: CallFailure }
  | {
      readonly type: "result";
      readonly id: number;
      readonly result: CallResult;
      readonly counts: SessionCounts;
    }
  | {
      readonly type: "failure";
      readonly id: number;
      readonly failure: CallFailure;
      readonly counts: SessionCounts;
    }
  | {
      readonly type: "log";
      readonly level: "info" | "warn";
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };
