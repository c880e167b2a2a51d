import { GatewayError } from "@zarr-gateway/primitives";
import type { FromWorkflow, WorkflowFailure } from "../child/messages.ts";
import type { Hide } from "./hidden-paths.ts";

/** What came instead of an answer. */
export function refused(answer: FromWorkflow, hide: Hide): GatewayError {
  return new GatewayError(
    "internal",
    answer.type === "refused" ? hide(answer.message) : "the workflow's process said nothing",
  );
}

/** Parameters that a workflow does not take. */
export function checkFailure({ message, problems = [] }: WorkflowFailure, hide: Hide): GatewayError {
  const text = hide(message);
  const shown = problems.map((problem) => ({ ...problem, message: hide(problem.message) }));
  return new GatewayError("invalid_request", text, {
    problems: shown.length > 0 ? shown : [{ path: "", message: text, input: null }],
  });
}

/** A workflow's own failure is the workflow's, whatever code it threw. */
export function runFailure({ message, isDiskFull }: WorkflowFailure, hide: Hide): GatewayError {
  return new GatewayError("model_failed", hide(message), isDiskFull === true ? { isDiskFull } : {});
}
