import { join } from "node:path";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import type { ResultArrays, ResultLayout, ResultWriter, WriteResultOptions } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
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

  const begin = (name = "results"): { readonly store: string; readonly file: string | undefined } => {
    if (!NAME.test(name))
      throw new GatewayError(
        "invalid_request",
        `results are named by letters, digits, _ and -, not "${name}"`,
      );
    if (begun.has(name)) throw new GatewayError("conflict", `the results "${name}" were written already`);
    begun.add(name);
    if (options.format === "zarr") return { store: join(options.folder, `${name}.zarr`), file: undefined };
    return { store: join(options.folder, `.${name}.zarr`), file: join(options.folder, `${name}.nc`) };
  };
  const resultIn = (store: string): ZarrResult => {
    // what is read once, by ourselves, need not be small in number of files
    const layout: ZarrLayout = options.format === "zarr" ? options.layout : { compressor: "none", shard: 1 };
    return new ZarrResult({ folder: store, layout, coder, onStep: options.onStep });
  };
  return {
    async write(dataset: Dataset, { name, concurrency, ...call }: WriteResultOptions = {}): Promise<void> {
      if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0))
        throw new GatewayError(
          "invalid_request",
          `concurrency is a whole number from 1 on, not ${concurrency}`,
        );
      const { store, file } = begin(name);
      const result = resultIn(store);
      await result.describe(dataset, call);
      await result.fill(dataset, { ...call, concurrency });
      if (file !== undefined) await netcdfOfStore(store, file, call);
    },
    async create(given: ResultLayout, { name, ...call }: WriteResultOptions = {}): Promise<ResultArrays> {
      const dataset = layoutDataset(given);
      const { store, file } = begin(name);
      const result = resultIn(store);
      await result.describe(dataset, call);
      const known = [...dataset.variables].filter(([key]) => given.variables[key]?.values !== undefined);
      await result.fill({ ...dataset, variables: new Map(known) }, call);
      const layout: ZarrLayout =
        options.format === "zarr" ? options.layout : { compressor: "none", shard: 1 };
      const finish = async (): Promise<void> => {
        if (file !== undefined) await netcdfOfStore(store, file, call);
      };
      return new PiecedResult(result, dataset, layout, { onStep: options.onStep, finish });
    },
  };
}
