import { GatewayError } from "@zarr-gateway/primitives";
import { boundedBody } from "./bounded-body.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** Lists and objects in each other; 64 unless told. */
  readonly maxDepth?: number;
}

const MAX_DEPTH = 64;

/**
 * The JSON body of a request, read no further than its bound; undefined where there is none.
 * @throws GatewayError too_large, invalid_request
 */
export async function requestJson(
  request: Request,
  { maxBytes, maxDepth = MAX_DEPTH }: BodyLimits,
): Promise<unknown> {
  const bytes = await boundedBody(request, maxBytes);
  if (bytes === undefined) throw new GatewayError("too_large", `body: expected ${maxBytes} bytes at most`);
  const text = Buffer.from(bytes).toString("utf8");
  if (text.trim() === "") return undefined;
  if (isDeeper(text, maxDepth))
    throw new GatewayError("invalid_request", `body: expected lists and objects ${maxDepth} deep at most`);
  try {
    return JSON.parse(text);
  } catch {
    const shown = text.length > 50 ? `${text.slice(0, 50).toWellFormed()}…` : text;
    throw new GatewayError("invalid_request", `body: expected JSON; got ${JSON.stringify(shown)}`);
  }
}

/** Looked at before it is parsed: what walks a value later does so by calling itself. */
function isDeeper(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
