import { GatewayError } from "@zarr-gateway/primitives";

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
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = request.body;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString("utf8");
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

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("too_large", `body: expected ${maxBytes} bytes at most`);
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
