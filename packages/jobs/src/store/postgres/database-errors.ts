import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";

/** Two transactions wanted the same thing at once: the same again works. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const COLLISIONS = new Set(["40001", "40P01", "23505"]);

export function isCollision(error: unknown): boolean {
  return COLLISIONS.has(codeOf(error));
}

/** Failures of the database in this project's words; its address stays in the cause. */
export function explained(error: unknown): GatewayError {
  if (isGatewayError(error)) return error;
  const code = codeOf(error);
  if (code.startsWith("53") || code === "54000")
    return new GatewayError("overloaded", "the jobs database is full or has no room: try again", {}, error);
  if (isCollision(error) || code === "55P03")
    return new GatewayError("overloaded", "the jobs database is busy: try again", {}, error);
  if (code === "25006") return new GatewayError("internal", "the jobs database is read-only", {}, error);
  if (code.startsWith("28"))
    return new GatewayError("internal", "the jobs database refuses this user", {}, error);
  if (isAway(code, error))
    return new GatewayError("overloaded", "the jobs database is away: try again", {}, error);
  return new GatewayError("internal", "the jobs database cannot be read or written", {}, error);
}

/** Classes 08 and 57 of the server, the words of the system for sockets, and what `pg` says without a code. */
function isAway(code: string, error: unknown): boolean {
  if (/^(08|57)|^E[A-Z]+$/.test(code)) return true;
  return /connection|timeout|terminat|not queryable/i.test(messageOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
