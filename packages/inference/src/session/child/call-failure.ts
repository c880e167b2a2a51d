import { type ErrorCode, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";

/** An error on its way to another process. */
export interface CallFailure {
  /** undefined: nobody raised it on purpose. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** For the log only. */
  readonly cause: string | undefined;
}

export function packFailure(error: unknown): CallFailure {
  if (isGatewayError(error)) {
    const { code, message, details, cause } = error;
    return { code, message, details, cause: cause === undefined ? undefined : messageOf(cause) };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return { code: undefined, message: "", details: {}, cause: text };
}

export function restoreFailure({ code, message, details, cause }: CallFailure): GatewayError {
  const reason = cause === undefined ? undefined : new Error(cause);
  if (code === undefined)
    return new GatewayError("model_failed", "the model's process failed at a call", {}, reason);
  return new GatewayError(code, message, details, reason);
}
