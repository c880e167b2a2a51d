import { GatewayError } from "@zarr-gateway/primitives";
import type { StepContext } from "../definition.ts";
import type { Json } from "../json-value.ts";
import { type ChildHandle, type ChildOptions, formatExit, startChild } from "./child-process.ts";
import { type RunStep, stepRequest, takeStepMessage } from "./step-message.ts";

/**
 * Code that runs in a process of its own, a new one for each attempt: it is sent a `StepRequest` and answers by the messages
 * of `takeStepMessage`. What it writes to stdout and stderr goes into the log. A stopped attempt leaves no process behind.
 */
export function inChildProcess(options: ChildOptions): RunStep {
  return async (input, settings, context) => {
    context.signal.throwIfAborted();
    const child = startChild(options);
    child.onText((line) => context.log(line));
    const stop = (): void => void child.stop("its attempt was stopped");
    context.signal.addEventListener("abort", stop, { once: true });
    try {
      // A child that ends without reading says so by its end.
      void child.send(stepRequest(input, settings, context)).catch(() => {});
      return await answered(child, context);
    } finally {
      context.signal.removeEventListener("abort", stop);
      await child.stop("its attempt is over");
    }
  };
}

async function answered(child: ChildHandle, context: StepContext): Promise<Json> {
  for await (const message of child.messages) {
    const end = takeStepMessage(message, context);
    if (end === undefined) continue;
    if ("error" in end) throw end.error;
    return end.output;
  }
  throw new GatewayError("model_failed", `the step's process ${formatExit(await child.exited)}`);
}
