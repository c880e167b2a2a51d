import { ERROR_CODES, type ErrorCode, GatewayError } from "@zarr-gateway/primitives";
import type { StepContext, StepDefinition } from "../definition.ts";
import type { Json } from "../json-value.ts";

/** Code of a step, wherever it runs. */
export type RunStep = StepDefinition["run"];

/** What code elsewhere is given: the call and what it may know of its attempt. */
export interface StepRequest {
  readonly type: "run";
  readonly input: Json;
  readonly settings: Json;
  readonly jobId: string;
  readonly taskKey: string;
  readonly stepName: string;
  readonly attempt: number;
  readonly failures: number;
}

export function stepRequest(input: Json, settings: Json, context: StepContext): StepRequest {
  const { jobId, taskKey, stepName, attempt, failures } = context;
  return { type: "run", input, settings, jobId, taskKey, stepName, attempt, failures };
}

/** How a call ended elsewhere. */
export type StepEnd = { readonly output: Json } | { readonly error: GatewayError };

/**
 * Takes a message of code that runs elsewhere: `{type: "progress", fraction, message?, current?, total?, details?}`,
 * `{type: "log", text}`, `{type: "result", output}` or `{type: "error", message, code?}`. Others are left alone.
 * @returns the end, when the message is one
 */
export function takeStepMessage(message: unknown, context: StepContext): StepEnd | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  const said: Readonly<Record<string, unknown>> = { ...message };
  switch (said["type"]) {
    case "progress":
      context.progress({
        fraction: Number(said["fraction"]),
        ...(typeof said["message"] === "string" ? { message: said["message"] } : {}),
        ...(typeof said["current"] === "number" ? { current: said["current"] } : {}),
        ...(typeof said["total"] === "number" ? { total: said["total"] } : {}),
        // It came as JSON or as a structured clone; the engine brings it into bounds.
        ...(said["details"] === undefined ? {} : { details: said["details"] as Json }),
      });
      return undefined;
    case "log":
      context.log(String(said["text"]));
      return undefined;
    case "result":
      // The engine refuses what is no JSON.
      return { output: (said["output"] ?? null) as Json };
    case "error":
      return { error: new GatewayError(codeOf(said["code"]), String(said["message"])) };
    default:
      return undefined;
  }
}

function codeOf(code: unknown): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? "model_failed";
}
