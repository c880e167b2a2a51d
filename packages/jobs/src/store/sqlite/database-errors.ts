import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";

/** Failures of the database in this project's words; its path stays in the cause. */
export function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isGatewayError(error)) throw error;
    throw explained(error);
  }
}

export function isBusy(error: unknown): boolean {
  return [5, 6].includes(resultCode(error)); // SQLITE_BUSY, SQLITE_LOCKED
}

function explained(error: unknown): GatewayError {
  if (isBusy(error)) return new GatewayError("overloaded", "the jobs database is busy: try again", {}, error);
  switch (resultCode(error)) {
    case 13: // SQLITE_FULL
      return new GatewayError(
        "overloaded",
        "the jobs database is full: its disk or its size limit",
        {},
        error,
      );
    case 8: // SQLITE_READONLY
      return new GatewayError("internal", "the jobs database is read-only", {}, error);
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return new GatewayError("internal", "the jobs database is damaged, or no database", {}, error);
    default:
      return new GatewayError("internal", "the jobs database cannot be read or written", {}, error);
  }
}

/** https://sqlite.org/rescode.html; extended codes keep the primary one in their low byte. */
function resultCode(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : -1;
}
