import { GatewayError } from "@zarr-gateway/primitives";

/** A search that cannot be understood: names the field, what was expected and what came. */
export function invalid(field: string, expected: string, got?: unknown): GatewayError {
  const came = got === undefined ? "" : `, got ${shown(got)}`;
  return new GatewayError("invalid_request", `${field}: expected ${expected}${came}`, { field });
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}
