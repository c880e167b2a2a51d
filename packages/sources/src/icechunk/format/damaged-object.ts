import { GatewayError } from "@zarr-gateway/primitives";

/** What a file of a repository says cannot be true. */
export function damagedObject(key: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError(
    "upstream",
    `"${key}" of the Icechunk repository is damaged: ${problem}`,
    { key },
    cause,
  );
}

/** A file of a repository is not there although another one names it. */
export function missingObject(key: string, namedBy: string): GatewayError {
  return new GatewayError("upstream", `"${key}" of the Icechunk repository is missing, ${namedBy} names it`, {
    key,
  });
}
