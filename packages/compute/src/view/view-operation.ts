import type { Dataset } from "@zarr-gateway/dataset";
import type { ByteCache, CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import type { ViewCall } from "./view-call.ts";

/** What an operation may use beside its input. */
export interface ViewContext extends CallOptions {
  readonly pool?: WorkerPool | undefined;
  /** Where decoded chunks and intermediate results are kept; its keys begin with `key`. */
  readonly cache?: ByteCache | undefined;
  /** Names the input: id and version of the dataset, and the canonical steps before this one. */
  readonly key: string;
  /** Of the dataset: chunks that nobody asked for are not read to make fewer, larger ones of the result. */
  readonly readsMayWait?: boolean | undefined;
  /** Another dataset of the same server, or a view of one; guards of the request apply. */
  openDataset(id: string, options?: CallOptions): Promise<Dataset>;
}

/**
 * One word of the view language: `mean` of `air@mean(time)`. Parsing and printing are pure; `apply` reads coordinates at
 * most. Chunks of the result are computed when they are read.
 */
export interface ViewOperation<Step = unknown> {
  readonly name: string;
  /** A sentence for the docs. */
  readonly summary: string;
  /** Without "@": `mean(time)`. */
  readonly examples: readonly string[];
  /** What a user of xarray would write: `ds.mean("time")`. */
  readonly equivalent: string;
  /** @throws GatewayError invalid_request with `position` (see `viewError`) */
  parse(call: ViewCall): Step;
  /** The one way to write the step, without "@"; equal steps are printed equal. */
  print(step: Step): string;
  /** Ids of other datasets that the step takes something from, or of views of them; they alone can be opened. */
  datasets?(step: Step): readonly string[];
  /** @throws GatewayError invalid_request where names or labels do not fit the dataset: what was given, and the choices */
  apply(input: Dataset, step: Step, context: ViewContext): Promise<Dataset>;
}
