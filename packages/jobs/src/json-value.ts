import { GatewayError, messageOf } from "@zarr-gateway/primitives";

/** What a step takes and gives: data that survives a database and a process boundary. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Characters of one value as text: bulk data goes by reference. */
const MAX_JSON_LENGTH = 1 << 20;

/**
 * A value as it will be read back from a store; what is undefined becomes null.
 * @throws GatewayError invalid_request for what JSON cannot say, too_large
 */
export function storedJson(value: unknown, what: string): Json {
  const text = textOf(value, what);
  if (text.length > MAX_JSON_LENGTH)
    throw new GatewayError(
      "too_large",
      `${what}: ${text.length} characters of JSON, at most ${MAX_JSON_LENGTH} fit`,
    );
  // What JSON.parse gives is Json.
  return JSON.parse(text) as Json;
}

function textOf(value: unknown, what: string): string {
  try {
    // Undefined and functions have no text, whatever the signature says.
    const text = JSON.stringify(value) as string | undefined;
    return text ?? "null";
  } catch (error) {
    throw new GatewayError("invalid_request", `${what}: ${messageOf(error)}`, {}, error);
  }
}
