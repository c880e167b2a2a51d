import type { JsonObject } from "@zarr-gateway/codecs";
import { GatewayError, type JsonValue } from "@zarr-gateway/primitives";

/** Python's reader of JSON stops at about a thousand levels, those of the document around this one included. */
const MAX_LEVELS = 200;
/** Python reads no integer of more than 4300 digits. */
const MAX_INTEGER = 10n ** 4300n;

/**
 * Refuses what readers of JSON in use refuse, with the whole document around it.
 * @throws GatewayError unsupported
 */
export function assertReadable(document: JsonObject): void {
  assertLevels(document, MAX_LEVELS);
}

function assertLevels(value: JsonValue, left: number): void {
  if (typeof value === "bigint" && (value >= MAX_INTEGER || value <= -MAX_INTEGER))
    throw new GatewayError("unsupported", "its metadata have an integer of more than 4300 digits");
  if (typeof value !== "object" || value === null) return;
  if (left === 0)
    throw new GatewayError("unsupported", `its metadata are nested deeper than ${MAX_LEVELS} levels`);
  for (const item of Object.values(value)) assertLevels(item, left - 1);
}
