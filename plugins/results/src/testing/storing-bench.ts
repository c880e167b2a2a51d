import { OpenFiles } from "@zarr-gateway/stores";
import { AttemptFiles } from "../files/attempt-files.ts";
import { azureTokens } from "../storage/azure-tokens.ts";
import type { RemoteStores } from "../storage/remote-copies.ts";
import { parseAllowed } from "../storage/storage-target.ts";
import { storeStep } from "../storage/store-step.ts";
import { type JobBench, jobBench, type Run } from "./job-bench.ts";

export interface StoringOptions {
  readonly target: string;
  readonly stores: RemoteStores;
  readonly run: Run;
  /** The target unless told. */
  readonly allow?: readonly string[];
}

/** An engine whose jobs store their results in one attempt, in parts of 512 KiB. */
export async function storingBench({
  target,
  stores,
  run,
  allow = [target],
}: StoringOptions): Promise<JobBench> {
  const { promise, resolve } = Promise.withResolvers<JobBench>();
  const late = { get: async (id: string) => (await promise).engine.get(id) };
  const bench: JobBench = await jobBench({
    run,
    calls: [{ step: "results.store", settings: { target } }],
    lateSteps: (folders) => [
      {
        ...storeStep({
          engine: late,
          folders,
          files: new AttemptFiles(new OpenFiles()),
          stores,
          allow: allow.map(parseAllowed),
          partBytes: 512 * 1024,
          token: azureTokens(stores),
        }),
        retry: { maxAttempts: 1 },
      },
    ],
  });
  resolve(bench);
  return bench;
}
