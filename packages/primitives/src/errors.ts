/**
 * What kind of failure it is, for machines. Each code has a row in docs/errors.md.
 * Only `@zarr-gateway/http` knows which HTTP status belongs to it.
 */
export const ERROR_CODES = [
  "not_found",
  "invalid_request",
  "unauthorized",
  "forbidden",
  "unsupported",
  "conflict",
  "expired",
  "unprocessable",
  "too_large",
  "queue_full",
  "overloaded",
  "upstream",
  "model_failed",
  "model_output_invalid",
  "model_timeout",
  "internal",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The one error class. The message is for a person: what was expected, what came, where.
 * It never holds a path of the server's disk or a secret; those go into `cause`, which only the log sees.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** True for any error this project raised on purpose, also across worker threads and bundles. */
export function isGatewayError(error: unknown): error is GatewayError {
  return error instanceof Error && error.name === "GatewayError" && "code" in error;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
