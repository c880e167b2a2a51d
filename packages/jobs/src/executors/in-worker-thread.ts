import { Worker } from "node:worker_threads";
import { GatewayError, siblingModule } from "@zarr-gateway/primitives";
import type { StepContext } from "../definition.ts";
import type { Json } from "../json-value.ts";
import { type RunStep, type StepEnd, stepRequest, takeStepMessage } from "./step-message.ts";

export interface WorkerThreadOptions {
  /** JavaScript heap; past it the thread dies, and only its attempt fails. */
  readonly maxHeapMiB?: number;
  /** Between the abort of its signal and the end of the thread; 5 s unless told. */
  readonly killAfterMs?: number;
}

const KILL_AFTER_MS = 5000;

/**
 * Code that runs on a thread of its own, a new one for each attempt, with no environment.
 * @param moduleUrl a module whose default export is a `RunStep`
 */
export function inWorkerThread(moduleUrl: string | URL, options: WorkerThreadOptions = {}): RunStep {
  return async (input, settings, context) => {
    context.signal.throwIfAborted();
    const { maxHeapMiB, killAfterMs = KILL_AFTER_MS } = options;
    const worker = new Worker(siblingModule(import.meta.url, "step-thread"), {
      workerData: { module: String(moduleUrl), request: stepRequest(input, settings, context) },
      env: {},
      ...(maxHeapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB } }),
    });
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      worker.postMessage("abort");
      timer = setTimeout(() => void worker.terminate(), killAfterMs);
    };
    context.signal.addEventListener("abort", stop, { once: true });
    try {
      return await answered(worker, context);
    } finally {
      clearTimeout(timer);
      context.signal.removeEventListener("abort", stop);
      await worker.terminate();
    }
  };
}

async function answered(worker: Worker, context: StepContext): Promise<Json> {
  const { promise, resolve, reject } = Promise.withResolvers<StepEnd>();
  worker.on("message", (message: unknown) => {
    const end = takeStepMessage(message, context);
    if (end !== undefined) resolve(end);
  });
  worker.on("error", (error) =>
    reject(new GatewayError("model_failed", "the step's thread failed", {}, error)),
  );
  worker.on("exit", (code) =>
    reject(new GatewayError("model_failed", `the step's thread ended with code ${code}`)),
  );
  const end = await promise;
  if ("error" in end) throw end.error;
  return end.output;
}
