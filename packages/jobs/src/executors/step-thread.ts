import { parentPort, workerData } from "node:worker_threads";
import { isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { RunStep, StepRequest } from "./step-message.ts";

/** The other side of `inWorkerThread`: runs one attempt of a module's default export. */
interface ThreadData {
  readonly module: string;
  readonly request: StepRequest;
}

// Given by `inWorkerThread` alone.
const { module, request } = workerData as ThreadData;
const controller = new AbortController();
parentPort?.on("message", () => controller.abort(new Error("the attempt was stopped")));

function say(message: object): void {
  parentPort?.postMessage(message);
}

async function run(): Promise<void> {
  try {
    const { default: step } = (await import(module)) as { default?: RunStep }; // checked next
    if (typeof step !== "function") throw new TypeError("the step's module exports no function as default");
    const { input, settings, jobId, taskKey, stepName, attempt, failures } = request;
    const output = await step(input, settings, {
      jobId,
      taskKey,
      stepName,
      attempt,
      failures,
      signal: controller.signal,
      progress: (news) => say({ type: "progress", ...news }),
      log: (text) => say({ type: "log", text }),
    });
    say({ type: "result", output });
  } catch (error) {
    say({ type: "error", message: messageOf(error), ...(isGatewayError(error) ? { code: error.code } : {}) });
  }
}

await run();
parentPort?.unref();
