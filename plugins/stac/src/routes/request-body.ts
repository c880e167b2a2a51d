import { boundedBody } from "@zarr-gateway/http";
import { GatewayError } from "@zarr-gateway/primitives";
import { invalid } from "../search/invalid.ts";

/** More than any search needs; geometries of many corners included. */
const MAX_BYTES = 2 * 1024 * 1024;

/** The JSON body of a request, read no further than its bound. */
export async function jsonBody(request: Request): Promise<unknown> {
  const bytes = await boundedBody(request, MAX_BYTES);
  if (bytes === undefined)
    throw new GatewayError("invalid_request", `body: expected ${MAX_BYTES} bytes at most`, { field: "body" });
  const text = Buffer.from(bytes).toString("utf8");
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("body", "JSON", text.slice(0, 50));
  }
}
