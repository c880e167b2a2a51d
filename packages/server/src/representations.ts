import { parseWeights } from "@zarr-gateway/http";
import type { DatasetEnv, Representation } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { MiddlewareHandler } from "hono";

/**
 * In front of the page of a dataset: answers with the representation that the client asks for by name and likes better
 * than HTML (RFC 9110 §12.5.1); wildcards ask for the page.
 * @throws GatewayError conflict where two have the same media type
 */
export function negotiated(all: readonly Representation[]): MiddlewareHandler<DatasetEnv> {
  const byType = new Map<string, Representation>();
  for (const representation of all) {
    const { mediaType } = representation;
    if (byType.has(mediaType))
      throw new GatewayError("conflict", `two plugins represent a dataset as ${mediaType}`, { mediaType });
    byType.set(mediaType, representation);
  }
  return async (c, next) => {
    const chosen = chosenOf(byType, c.req.header("accept"));
    if (chosen === undefined) {
      await next();
      c.res.headers.append("Vary", "Accept");
      return;
    }
    const response = await chosen.answer(c);
    response.headers.append("Vary", "Accept");
    return response;
  };
}

function chosenOf(
  byType: ReadonlyMap<string, Representation>,
  accept: string | undefined,
): Representation | undefined {
  if (accept === undefined || accept === "*/*") return undefined;
  const weights = parseWeights(accept);
  let best: Representation | undefined;
  let most = weights.get("text/html") ?? weights.get("application/xhtml+xml") ?? weights.get("text/*") ?? 0;
  for (const [mediaType, representation] of byType) {
    const weight = weights.get(mediaType) ?? 0;
    if (weight <= most) continue;
    most = weight;
    best = representation;
  }
  return best;
}
