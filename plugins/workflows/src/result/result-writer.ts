import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import type { ResultArrays, ResultLayout, ResultWriter, WriteResultOptions } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { netcdfOfStore } from "./netcdf-result.ts";
import { layoutDataset, PiecedResult } from "./pieced-result.ts";
import type { ZarrLayout } from "./result-encoding.ts";
import { ZarrResult } from "./zarr-result.ts";

export type OutputFormat = "zarr" | "netcdf4";

export interface ResultWriterOptions {
  /** Of the attempt: everything below it becomes a result. */
  readonly folder: string;
  readonly format: OutputFormat;
  readonly layout: ZarrLayout;
  /** Lead times of all starts that are written. */
  readonly onStep: (done: number, total: number) => void;
}

/** No `.`, so that the extension is ours. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The `io` of workflows. */
export function resultWriter(options: ResultWriterOptions): ResultWriter {
  const coder = createChunkCoder();
  const begun = new Set<string>();

  const begin = ({ name = "results", format = options.format }: WriteResultOptions): Begun => {
    if (!NAME.test(name))
      throw new GatewayError(
        "invalid_request",
        `results are named by letters, digits, _ and -, not "${name}"`,
      );
    if (begun.has(name)) throw new GatewayError("conflict", `the results "${name}" were written already`);
    begun.add(name);
    const isZarr = format === "zarr";
    // what is read once, by ourselves, need not be small in number of files
    const layout: ZarrLayout = isZarr ? options.layout : { compressor: "none", shard: 1 };
    const store = join(options.folder, isZarr ? `${name}.zarr` : `.${name}.zarr`);
    const result = new ZarrResult({ folder: store, layout, coder, onStep: options.onStep });
    const file = join(options.folder, `${name}.nc`);
    return {
      result,
      layout,
      finish: (call) => (isZarr ? Promise.resolve() : netcdfOfStore(store, file, call)),
    };
  };
  return {
    async write(dataset: Dataset, given: WriteResultOptions = {}): Promise<void> {
      const { name: _, format: __, concurrency, ...call } = given;
      if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0))
        throw new GatewayError(
          "invalid_request",
          `concurrency is a whole number from 1 on, not ${concurrency}`,
        );
      const { result, finish } = begin(given);
      await result.describe(dataset, call);
      await result.fill(dataset, { ...call, concurrency });
      await finish(call);
    },
    async create(layoutGiven: ResultLayout, given: WriteResultOptions = {}): Promise<ResultArrays> {
      const dataset = layoutDataset(layoutGiven);
      const { name: _, format: __, concurrency: ___, ...call } = given;
      const { result, layout, finish } = begin(given);
      await result.describe(dataset, call);
      const known = [...dataset.variables].filter(
        ([key]) => layoutGiven.variables[key]?.values !== undefined,
      );
      await result.fill({ ...dataset, variables: new Map(known) }, call);
      const watch = { onStep: options.onStep, finish: () => finish(call) };
      return new PiecedResult(result, dataset, layout, watch);
    },
  };
}

interface Begun {
  readonly result: ZarrResult;
  readonly layout: ZarrLayout;
  /** When everything is written. */
  finish(call: CallOptions): Promise<void>;
}
