import { GatewayError } from "@zarr-gateway/primitives";
import { type Asked, scopeOf } from "./request-scope.ts";

const MAX_LENGTH = 200;

/**
 * Who asks, as a trusted proxy says in a header; "" where none says so. Of anybody else the header is not believed.
 * @throws GatewayError invalid_request for a name that is too long
 */
export function forwardedName(c: Asked, header: string | undefined): string {
  if (header === undefined || scopeOf(c)?.isProxied !== true) return "";
  const name = decoded(c.req.header?.(header) ?? "").trim();
  if (name.length > MAX_LENGTH)
    throw new GatewayError(
      "invalid_request",
      `${header}: expected a name of ${MAX_LENGTH} characters at most`,
    );
  return name;
}

/** Bytes of a header come as one character each; names of people are UTF-8. */
function decoded(value: string): string {
  const bytes = Buffer.from(value, "latin1");
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? value : text;
}
