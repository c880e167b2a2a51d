import type { StepContext, StepDefinition } from "./definition.ts";
import type { Json } from "./json-value.ts";

/** Where a step runs: in this process, in a worker thread, in another service. */
export interface Executor {
  readonly name: string;
  /** Ends soon after `context.signal` is aborted, whatever the step does. */
  run(step: StepDefinition, call: ExecutorCall, context: StepContext): Promise<Json>;
  close(): Promise<void>;
}

export interface ExecutorCall {
  readonly input: Json;
  readonly settings: Json;
}

/** Runs steps where the engine runs. Code that ignores its signal goes on, but nobody waits for it or hears it. */
export function inProcessExecutor(): Executor {
  return {
    name: "in-process",
    run: async (step, { input, settings }, context) => {
      const { signal } = context;
      signal.throwIfAborted();
      let stop = (): void => {};
      const aborted = new Promise<never>((_resolve, reject) => {
        stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error("stopped"));
        signal.addEventListener("abort", stop, { once: true });
      });
      try {
        return await Promise.race([step.run(input, settings, context), aborted]);
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    close: async () => {},
  };
}
